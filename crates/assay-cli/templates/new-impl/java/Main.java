import assay.adapter.Adapter;
import assay.adapter.Contents;
import assay.adapter.Implementation;
import assay.adapter.Tensor;
import assay.adapter.View;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** Drives __NAME__. */
public final class Main {
  private Main() {}

  /** Serves. */
  public static void main(String[] arguments) {
    // The name as the repository has it; the version is read off a jar's name:
    // Implementation.versionOf(SomeClass.class). The lineage says whose parser it is.
    // What is not declared is held against the library: .dtypes(List.of(...)), in the format's
    // words, if it does not deliver all; .metadata(false) if it reports none.
    Implementation implementation = new Implementation("__NAME__", "0", "Java", "__NAME__");
    new Adapter(implementation).read(Main::read).serve();
  }

  /** The file's tensors and metadata, as the library delivers them. */
  private static View read(Path path) throws Exception {
    byte[] contents = Contents.of(path);

    // >>> HERE: call the library, and return what it delivered. What it throws is its refusal.
    //
    //     SomeFile file = SomeLibrary.parse(contents);
    //     List<Tensor> tensors = file.tensors().stream()
    //         .map(t -> new Tensor(t.name(), t.dtype(), t.shape(), t.buffer())).toList();
    //     return new View(tensors, file.metadata());
    //
    // Until then every answer is wrong: one tensor that no file has.
    ByteBuffer data = ByteBuffer.wrap(contents, 0, Math.min(contents.length, 1));
    String name = "__not written__";
    return new View(List.of(new Tensor(name, name, new long[0], data)), null);
    // <<<
  }
}
