package assay.adapter;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.nio.ByteBuffer;
import java.util.Map;

/** Makes replies of what a library delivered. Nothing here looks into a file or judges anything. */
final class Replies {
  /** Error texts quote the file; no reader of a report wants more characters. */
  private static final int MESSAGE_LIMIT = 4096;

  private Replies() {}

  static JsonObject result(String result) {
    JsonObject reply = new JsonObject();
    reply.addProperty("result", result);
    return reply;
  }

  static JsonObject unsupported(String what, String message) {
    JsonObject reply = result("unsupported");
    reply.addProperty("what", what);
    if (message != null) {
      reply.addProperty("message", cut(message));
    }
    return reply;
  }

  static JsonObject failed(String result, Throwable error) {
    JsonObject words = new JsonObject();
    words.addProperty("class", error.getClass().getSimpleName());
    String message = error.getMessage() == null ? "" : error.getMessage();
    words.addProperty("message", cut(message));
    JsonObject reply = result(result);
    reply.add("error", words);
    return reply;
  }

  static JsonObject accept(View view, Scratch scratch, int inlineLimit) {
    JsonArray tensors = new JsonArray();
    for (Tensor tensor : view.tensors()) {
      JsonObject one = head(tensor);
      addContents(one, tensor.data(), scratch, inlineLimit);
      tensors.add(one);
    }
    return accept(view, tensors);
  }

  static JsonObject acceptHeader(View view) {
    JsonArray tensors = new JsonArray();
    view.tensors().forEach(tensor -> tensors.add(head(tensor)));
    return accept(view, tensors);
  }

  private static JsonObject accept(View view, JsonArray tensors) {
    JsonObject reply = result("accept");
    reply.add("tensors", tensors);
    if (view.metadata() != null) {
      JsonObject metadata = new JsonObject();
      for (Map.Entry<String, String> pair : view.metadata().entrySet()) {
        metadata.addProperty(text(pair.getKey()), text(String.valueOf(pair.getValue())));
      }
      reply.add("metadata", metadata);
    }
    return reply;
  }

  private static JsonObject head(Tensor tensor) {
    JsonObject one = new JsonObject();
    one.addProperty("name", text(String.valueOf(tensor.name())));
    one.addProperty("dtype", text(String.valueOf(tensor.dtype())));
    JsonArray shape = new JsonArray();
    for (long dimension : tensor.shape()) {
      shape.add(dimension);
    }
    one.add("shape", shape);
    return one;
  }

  private static void addContents(
      JsonObject one, ByteBuffer data, Scratch scratch, int inlineLimit) {
    if (data.remaining() <= inlineLimit) {
      one.addProperty("data", Contents.hexadecimal(data));
      return;
    }
    JsonArray place = new JsonArray();
    place.add(scratch.append(data));
    place.add(data.remaining());
    one.add("scratch", place);
  }

  /** A message, no longer than reports show. */
  private static String cut(String message) {
    return text(message.substring(0, Math.min(message.length(), MESSAGE_LIMIT)));
  }

  /** Surrogates that stand alone, which no UTF-8 can carry, become U+FFFD. */
  static String text(String value) {
    if (value.chars().noneMatch(unit -> Character.isSurrogate((char) unit))) {
      return value;
    }
    int[] points = value.codePoints().map(Replies::carried).toArray();
    return new String(points, 0, points.length);
  }

  private static int carried(int point) {
    boolean alone = point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
    return alone ? 0xFFFD : point;
  }
}
