package assay.adapter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The file for large contents, created when the first of them comes. */
final class Scratch implements AutoCloseable {
  private final Path path;
  private FileChannel file;

  Scratch(Path path) {
    this.path = path;
  }

  /** Appends contents and says where they begin. */
  long append(ByteBuffer data) {
    try {
      if (file == null) {
        file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      }
      long offset = file.position();
      ByteBuffer rest = data.duplicate();
      while (rest.hasRemaining()) {
        file.write(rest);
      }
      return offset;
    } catch (IOException error) {
      throw new AdapterFailure("cannot write " + path, error);
    }
  }

  @Override
  public void close() {
    try {
      if (file != null) {
        file.close();
      }
    } catch (IOException error) {
      throw new AdapterFailure("cannot write " + path, error);
    }
  }
}
