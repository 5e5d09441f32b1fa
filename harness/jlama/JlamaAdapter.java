import assay.adapter.Adapter;
import assay.adapter.Implementation;
import assay.adapter.Tensor;
import assay.adapter.Unsupported;
import assay.adapter.View;
import com.github.tjake.jlama.safetensors.SafeTensorIndex;
import com.github.tjake.jlama.safetensors.SafeTensorSupport;
import com.github.tjake.jlama.safetensors.TensorInfo;
import com.github.tjake.jlama.tensor.AbstractTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Jlama: {@code SafeTensorIndex}, by which it loads models, and {@code readTensorInfoMap} for
 * headers. Its tensors in memory have two dimensions at least: shapes are those of its
 * {@code TensorInfo}, contents those of the tensors. What it converts while it loads (F16 to F32,
 * on most processors) is not what a file holds, and not compared.
 */
public final class JlamaAdapter {
  /** The rest it refuses to load or converts; its I8 is a quantization of its own in two tensors. */
  private static final List<String> DTYPES = List.of("F32", "BF16");

  private JlamaAdapter() {}

  /** Serves. */
  public static void main(String[] arguments) {
    String version = Implementation.versionOf(SafeTensorIndex.class);
    Implementation implementation =
        new Implementation("com.github.tjake:jlama-core", version, "Java", "jlama")
            .homepage("https://github.com/tjake/Jlama")
            .dtypes(DTYPES)
            .metadata(false);
    new Adapter(implementation)
        .read(path -> view(SafeTensorIndex.loadSingleFile(path.getParent(), fileName(path))))
        .inspect(JlamaAdapter::inspect)
        .get(JlamaAdapter::get)
        .openIndex(path -> view(SafeTensorIndex.loadWithWeights(path.getParent())))
        .serve();
  }

  private static String fileName(Path path) {
    return path.getFileName().toString();
  }

  private static View view(SafeTensorIndex opened) throws Exception {
    try (SafeTensorIndex index = opened) {
      List<Tensor> tensors = new ArrayList<>();
      for (String name : index.tensorInfoMap().keySet()) {
        tensors.add(tensor(name, index));
      }
      return new View(tensors, null);
    }
  }

  private static Tensor get(Path path, String name) throws Exception {
    try (SafeTensorIndex index =
        SafeTensorIndex.loadSingleFile(path.getParent(), fileName(path))) {
      return tensor(name, index);
    }
  }

  private static Tensor tensor(String name, SafeTensorIndex index) throws Unsupported {
    AbstractTensor<?, ?> tensor = index.load(name);
    TensorInfo entry = index.tensorInfoMap().get(name);
    if (tensor.dType() != entry.dType) {
      throw new Unsupported("dtype", entry.dType + " becomes " + tensor.dType() + " in memory");
    }
    ByteBuffer data = tensor.getMemorySegment().asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    return new Tensor(name, tensor.dType().name(), shape(entry), data);
  }

  private static long[] shape(TensorInfo entry) {
    // What an entry lacks is handed on as a view that can only be wrong.
    return entry.shape == null
        ? new long[] {-1}
        : Arrays.stream(entry.shape).asLongStream().toArray();
  }

  private static View inspect(Path path) throws IOException {
    Map<String, String> metadata = new HashMap<>();
    Map<String, TensorInfo> entries =
        SafeTensorSupport.readTensorInfoMap(mapped(path), Optional.of(metadata));
    List<Tensor> tensors = new ArrayList<>();
    entries.forEach((name, entry) -> tensors.add(head(name, entry)));
    return new View(tensors, metadata);
  }

  private static Tensor head(String name, TensorInfo entry) {
    return new Tensor(name, String.valueOf(entry.dType), shape(entry), null);
  }

  /** As much of a file as a buffer can show; nothing is read by mapping it. */
  private static ByteBuffer mapped(Path path) throws IOException {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      long length = Math.min(file.size(), Integer.MAX_VALUE);
      return file.map(FileChannel.MapMode.READ_ONLY, 0, length);
    }
  }
}
