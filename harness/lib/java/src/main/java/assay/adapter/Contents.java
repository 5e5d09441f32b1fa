package assay.adapter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;

/** Bytes that come in and go out. */
public final class Contents {
  private Contents() {}

  /**
   * All bytes of a file, for libraries that take bytes. A file that cannot be read is the harness's
   * fault and ends the adapter; want of memory is told as such.
   */
  public static byte[] of(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException error) {
      throw new AdapterFailure("cannot read " + file, error);
    }
  }

  /** A range of a file. */
  static byte[] range(Path file, long offset, int length) {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, offset + bytes.position()) < 0) {
          throw new IOException("it ends before byte " + (offset + length));
        }
      }
    } catch (IOException error) {
      throw new AdapterFailure("cannot read " + file, error);
    }
    return bytes.array();
  }

  /** Whether a file can be opened, whatever a library made of it. */
  static void checkThatItOpens(Path file, Exception error) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.position();
    } catch (IOException unreadable) {
      throw new AdapterFailure("cannot read " + file, error);
    }
  }

  static String hexadecimal(ByteBuffer data) {
    byte[] bytes = new byte[data.remaining()];
    data.duplicate().get(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
