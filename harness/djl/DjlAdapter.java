import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.util.passthrough.PassthroughNDManager;
import assay.adapter.Adapter;
import assay.adapter.Contents;
import assay.adapter.Implementation;
import assay.adapter.InputTensor;
import assay.adapter.Tensor;
import assay.adapter.Unsupported;
import assay.adapter.View;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Deep Java Library: {@code NDList.decode} and {@code NDList.encode} of its API. Arrays are those
 * of its manager without an engine, which checks lengths as the engines do and passes bytes on.
 */
public final class DjlAdapter {
  /** Those that {@code DataType.fromSafetensors} knows. */
  private static final List<String> DTYPES =
      List.of("F64", "F32", "F16", "BF16", "I64", "I32", "I8", "U8", "BOOL");

  private static final NDManager MANAGER = PassthroughNDManager.INSTANCE;

  private DjlAdapter() {}

  /** Serves. */
  public static void main(String[] arguments) {
    Implementation implementation =
        new Implementation("ai.djl:api", Implementation.versionOf(NDList.class), "Java", "djl")
            .homepage("https://djl.ai")
            .dtypes(DTYPES)
            .metadata(false)
            .writesStreams(true);
    new Adapter(implementation).read(DjlAdapter::read).write(DjlAdapter::write).serve();
  }

  private static View read(Path path) {
    NDList list = NDList.decode(MANAGER, Contents.of(path));
    return new View(list.stream().map(DjlAdapter::tensor).toList(), null);
  }

  private static Tensor tensor(NDArray array) {
    return new Tensor(
        array.getName(),
        array.getDataType().asSafetensors(),
        array.getShape().getShape(),
        array.toByteBuffer());
  }

  private static void write(Path path, List<InputTensor> tensors, Map<String, String> metadata)
      throws Exception {
    if (metadata != null) {
      throw new Unsupported("metadata", "it has no place for them");
    }
    NDList list = new NDList(tensors.size());
    for (InputTensor tensor : tensors) {
      if (tensor.strides() != null) {
        throw new Unsupported("layout", "it takes row-major contents");
      }
      if (!DTYPES.contains(tensor.dtype())) {
        throw new Unsupported("dtype", "it has no " + tensor.dtype());
      }
      ByteBuffer data = ByteBuffer.wrap(tensor.data()).order(ByteOrder.LITTLE_ENDIAN);
      DataType type = DataType.fromSafetensors(tensor.dtype());
      NDArray array = MANAGER.create(data, new Shape(tensor.shape()), type);
      array.setName(tensor.name());
      list.add(array);
    }
    try (OutputStream file = Files.newOutputStream(path)) {
      list.encode(file, NDList.Encoding.SAFETENSORS);
    }
  }
}
