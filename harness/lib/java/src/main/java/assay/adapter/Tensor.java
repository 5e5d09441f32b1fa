package assay.adapter;

import java.nio.ByteBuffer;

/**
 * One tensor, as the library delivered it.
 *
 * @param name as the library gives it
 * @param dtype in the format's words
 * @param shape outermost dimension first
 * @param data little-endian and row-major, from its position to its limit; null in answer to {@code
 *     inspect}
 */
public record Tensor(String name, String dtype, long[] shape, ByteBuffer data) {}
