package assay.adapter;

/**
 * One tensor for the library to write.
 *
 * @param name its name
 * @param dtype in the format's words
 * @param shape outermost dimension first
 * @param data little-endian; row-major unless there are strides
 * @param strides in elements, 0 for broadcast; null if the contents are row-major
 */
public record InputTensor(String name, String dtype, long[] shape, byte[] data, long[] strides) {}
