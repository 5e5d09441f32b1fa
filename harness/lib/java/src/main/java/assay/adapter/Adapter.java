package assay.adapter;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The loop. An adapter's {@code main} says what the library can do and serves:
 *
 * <pre>{@code
 * new Adapter(new Implementation("mylib", "2.1.0", "Java", "mylib"))
 *     .read(path -> new View(tensorsOf(MyLib.parse(Contents.of(path))), null))
 *     .get((path, name) -> tensor(MyLib.parse(Contents.of(path)).get(name)))
 *     .serve();
 * }</pre>
 *
 * <p>The loop declares the operations that were given. Java cannot move file descriptors, so {@code
 * channel.sh} starts it with the real standard output on another one, for replies, and descriptor 1
 * pointed at standard error: what a library or the virtual machine prints stays off the channel.
 *
 * <p>Of what the functions throw, an {@link OutOfMemoryError} is want of memory, an {@link
 * Unsupported} what it says, and any other {@link Exception} the library's refusal, but for an {@link
 * IOException} over a file that the loop cannot open either. Any other {@link Error}, such as a
 * failed assertion or a stack that overflowed, ends the process: that is a crash.
 */
public final class Adapter {
  private static final int PROTOCOL = 1;
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private final Implementation implementation;
  private final Map<String, Operation> operations = new LinkedHashMap<>();
  private int inlineLimit;

  /** What makes a view of a file. */
  @FunctionalInterface
  public interface Opening {
    /** Reads the file at a path. */
    View open(Path path) throws Exception;
  }

  /** What gives one tensor of a file. */
  @FunctionalInterface
  public interface Lookup {
    /** The tensor of that name. */
    Tensor get(Path path, String name) throws Exception;
  }

  /** What gives a part of one tensor. */
  @FunctionalInterface
  public interface Slicing {
    /** The part that an index of the request asks for. */
    Tensor slice(Path path, String name, JsonArray index) throws Exception;
  }

  /** What writes a file. */
  @FunctionalInterface
  public interface Writing {
    /** Writes tensors and metadata, which may be null, to a path. */
    void write(Path path, List<InputTensor> tensors, Map<String, String> metadata)
        throws Exception;
  }

  /** Calls the library; the reply is made afterwards, when no exception is the library's. */
  @FunctionalInterface
  private interface Operation {
    Supplier<JsonObject> call(JsonObject request) throws Exception;
  }

  /** An adapter that can do nothing yet. */
  public Adapter(Implementation implementation) {
    this.implementation = implementation;
  }

  /** Reads whole files. */
  public Adapter read(Opening library) {
    return operation("read", request -> view(request, library.open(path(request, "path"))));
  }

  /** Reads headers only; the tensors have no data. */
  public Adapter inspect(Opening library) {
    return operation(
        "inspect",
        request -> {
          View view = library.open(path(request, "path"));
          return () -> Replies.acceptHeader(view);
        });
  }

  /** Gives one tensor by its name. */
  public Adapter get(Lookup library) {
    return operation(
        "get", request -> view(request, only(library.get(path(request, "path"), name(request)))));
  }

  /** Gives parts of tensors. */
  public Adapter slice(Slicing library) {
    return operation(
        "slice",
        request -> {
          JsonArray index = request.getAsJsonArray("index");
          return view(request, only(library.slice(path(request, "path"), name(request), index)));
        });
  }

  /** Opens all shards of a model through its index. */
  public Adapter openIndex(Opening library) {
    return operation("open_index", request -> view(request, library.open(path(request, "path"))));
  }

  /** Writes files. */
  public Adapter write(Writing library) {
    return operation(
        "write",
        request -> {
          WriteTask task = WriteTask.of(path(request, "task"), path(request, "contents"));
          library.write(path(request, "path"), task.tensors(), task.metadata());
          return () -> Replies.result("written");
        });
  }

  /** Answers requests until {@code bye} or the end of standard input, then ends the process. */
  public void serve() {
    int status = 1;
    try (OutputStream channel = takeChannel()) {
      System.setOut(System.err);
      serve(System.in, channel);
      status = 0;
    } catch (Throwable error) { // a crash, with its trace; the status tells
      error.printStackTrace();
    }
    System.err.flush();
    Runtime.getRuntime().halt(status); // whatever threads the library may have left
  }

  void serve(InputStream requests, OutputStream channel) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(requests, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      JsonObject request = JsonParser.parseString(line).getAsJsonObject();
      if (request.get("op").getAsString().equals("bye")) {
        return;
      }
      JsonObject reply = answer(request);
      reply.add("id", request.get("id"));
      channel.write((GSON.toJson(reply) + "\n").getBytes(StandardCharsets.UTF_8));
      channel.flush();
    }
  }

  private JsonObject answer(JsonObject request) {
    String asked = request.get("op").getAsString();
    if (asked.equals("hello")) {
      return hello(request);
    }
    Operation operation = operations.get(asked);
    if (operation == null) {
      return Replies.unsupported("operation", null);
    }
    Supplier<JsonObject> reply;
    try {
      reply = operation.call(request);
    } catch (Unsupported error) {
      return Replies.unsupported(error.what(), error.getMessage());
    } catch (OutOfMemoryError error) {
      return Replies.failed("out_of_memory", error);
    } catch (AdapterFailure error) {
      throw error;
    } catch (Exception error) { // whatever it is, these are the library's own words
      Contents.checkThatItOpens(path(request, asked.equals("write") ? "task" : "path"), error);
      return Replies.failed("reject", error);
    }
    return reply.get();
  }

  private JsonObject hello(JsonObject request) {
    inlineLimit = request.get("inline_limit").getAsInt();
    JsonObject reply = Replies.result("hello");
    reply.addProperty("protocol", PROTOCOL);
    reply.add("implementation", implementation.identity());
    reply.add("capabilities", implementation.capabilities(List.copyOf(operations.keySet())));
    return reply;
  }

  private Supplier<JsonObject> view(JsonObject request, View view) {
    return () -> {
      try (Scratch scratch = new Scratch(path(request, "scratch"))) {
        return Replies.accept(view, scratch, inlineLimit);
      }
    };
  }

  private Adapter operation(String name, Operation operation) {
    operations.put(name, operation);
    return this;
  }

  private static View only(Tensor tensor) {
    return new View(List.of(tensor), null);
  }

  private static String name(JsonObject request) {
    return request.get("tensor").getAsString();
  }

  private static Path path(JsonObject request, String key) {
    return Path.of(request.get(key).getAsString());
  }

  private static OutputStream takeChannel() throws IOException {
    String descriptor = System.getenv("ASSAY_CHANNEL");
    if (descriptor == null) {
      throw new IOException(
          "ASSAY_CHANNEL is not set: start this as `sh harness/lib/channel.sh java ...`");
    }
    return new FileOutputStream("/dev/fd/" + Integer.parseInt(descriptor), true);
  }
}
