package assay.adapter;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a {@code write} request wants written. */
record WriteTask(List<InputTensor> tensors, Map<String, String> metadata) {
  /** Reads the task and the contents that it names ranges of. */
  static WriteTask of(Path task, Path contents) {
    String text = new String(Contents.of(task), StandardCharsets.UTF_8);
    JsonObject root = JsonParser.parseString(text).getAsJsonObject();
    List<InputTensor> tensors = new ArrayList<>();
    for (JsonElement one : root.getAsJsonArray("tensors")) {
      tensors.add(tensor(one.getAsJsonObject(), contents));
    }
    return new WriteTask(tensors, metadata(root.get("metadata")));
  }

  private static InputTensor tensor(JsonObject one, Path contents) {
    long[] place = numbers(one.get("data"));
    return new InputTensor(
        one.get("name").getAsString(),
        one.get("dtype").getAsString(),
        numbers(one.get("shape")),
        Contents.range(contents, place[0], Math.toIntExact(place[1])),
        numbers(one.get("strides")));
  }

  private static Map<String, String> metadata(JsonElement value) {
    if (value == null || value.isJsonNull()) {
      return null;
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    value
        .getAsJsonObject()
        .entrySet()
        .forEach(pair -> metadata.put(pair.getKey(), pair.getValue().getAsString()));
    return metadata;
  }

  private static long[] numbers(JsonElement value) {
    if (value == null || value.isJsonNull()) {
      return null;
    }
    JsonArray array = value.getAsJsonArray();
    long[] numbers = new long[array.size()];
    for (int at = 0; at < numbers.length; at++) {
      numbers[at] = array.get(at).getAsLong();
    }
    return numbers;
  }
}
