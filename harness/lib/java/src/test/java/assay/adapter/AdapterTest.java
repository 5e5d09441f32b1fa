package assay.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The loop, with a library that does what the path asks for. */
class AdapterTest {
  private static final String HELLO =
      "{\"op\":\"hello\",\"id\":\"h\",\"protocol\":{\"min\":1,\"max\":1},\"inline_limit\":2}";

  @TempDir Path folder;

  private final List<InputTensor> written = new ArrayList<>();
  private Map<String, String> writtenMetadata;

  private Adapter adapter() {
    return new Adapter(new Implementation("fake", "1", "Java", "fake").metadata(true))
        .read(AdapterTest::read)
        .inspect(path -> new View(List.of(new Tensor("a", "U8", new long[] {9}, null)), null))
        .get((path, name) -> tensor(name, Contents.of(path)))
        .slice((path, name, index) -> tensor(index.toString(), new byte[] {1}))
        .write(
            (path, tensors, metadata) -> {
              written.addAll(tensors);
              writtenMetadata = metadata;
            });
  }

  private static View read(Path path) throws Exception {
    switch (path.getFileName().toString()) {
      case "refused" -> throw new IllegalStateException("no \udc80 good");
      case "memory" -> throw new OutOfMemoryError("Java heap space");
      case "unsupported" -> throw new Unsupported("dtype", "no F4 here");
      case "there", "missing" -> throw new IOException("could not do it");
      case "assertion" -> throw new AssertionError("broken");
      case "careless" -> {
        return new View(List.of(new Tensor("a", "U8", new long[0], null)), null);
      }
      default -> {
        Tensor first = tensor("\ud800a\ud83d\ude00", new byte[] {0, -1});
        return new View(
            List.of(first, tensor("b", "12345".getBytes()), tensor("c", "678".getBytes())),
            Map.of("k", "\ude00"));
      }
    }
  }

  private static Tensor tensor(String name, byte[] data) {
    return new Tensor(name, "U8", new long[] {data.length}, ByteBuffer.wrap(data));
  }

  private List<JsonObject> converse(String... requests) throws IOException {
    String lines = HELLO + "\n";
    for (String request : requests) {
      lines += request + "\n";
    }
    ByteArrayOutputStream channel = new ByteArrayOutputStream();
    adapter()
        .serve(new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)), channel);
    return channel
        .toString(StandardCharsets.UTF_8)
        .lines()
        .map(line -> JsonParser.parseString(line).getAsJsonObject())
        .toList();
  }

  private String read(String name) {
    return ask("read", name, "");
  }

  private String ask(String operation, String name, String more) {
    return String.format(
        "{\"op\":\"%s\",\"id\":\"%s 1\",\"path\":\"%s\",\"scratch\":\"%s\"%s}",
        operation, operation, folder.resolve(name), folder.resolve("scratch"), more);
  }

  private static String result(JsonObject reply) {
    return reply.get("result").getAsString();
  }

  @Test
  void helloIntroducesTheAdapterAndDeclaresWhatItCanDo() throws IOException {
    JsonObject hello = converse().get(0);
    assertEquals("h", hello.get("id").getAsString());
    assertEquals(1, hello.get("protocol").getAsInt());
    assertEquals(
        "{\"metadata\":true,\"operations\":[\"read\",\"inspect\",\"get\",\"slice\",\"write\"]}",
        hello.get("capabilities").toString());
  }

  @Test
  void largeContentsGoToTheScratchFile() throws IOException {
    JsonObject accept = converse(read("fine")).get(1);
    assertEquals(
        "[{\"name\":\"\ufffda\ud83d\ude00\",\"dtype\":\"U8\",\"shape\":[2],\"data\":\"00ff\"},"
            + "{\"name\":\"b\",\"dtype\":\"U8\",\"shape\":[5],\"scratch\":[0,5]},"
            + "{\"name\":\"c\",\"dtype\":\"U8\",\"shape\":[3],\"scratch\":[5,3]}]",
        accept.get("tensors").toString());
    assertEquals("{\"k\":\"\ufffd\"}", accept.get("metadata").toString());
    assertEquals("12345678", Files.readString(folder.resolve("scratch")));
  }

  @Test
  void whatTheLibraryThrowsIsToldApart() throws IOException {
    for (String name : List.of("refused", "there")) {
      Files.writeString(folder.resolve(name), "a file");
    }
    List<JsonObject> replies =
        converse(read("refused"), read("memory"), read("unsupported"), read("there"));
    assertEquals(
        List.of("hello", "reject", "out_of_memory", "unsupported", "reject"),
        replies.stream().map(AdapterTest::result).toList());
    assertEquals(
        "{\"class\":\"IllegalStateException\",\"message\":\"no \ufffd good\"}",
        replies.get(1).get("error").toString());
    assertEquals("dtype", replies.get(3).get("what").getAsString());
  }

  @Test
  void whatIsNoWordOfTheLibraryEndsTheProcess() {
    assertThrows(AdapterFailure.class, () -> converse(read("missing")));
    assertThrows(AdapterFailure.class, () -> converse(read("refused"))); // which is not there
    assertThrows(AdapterFailure.class, () -> converse(ask("get", "no", ",\"tensor\":\"t\"")));
    assertThrows(AssertionError.class, () -> converse(read("assertion")));
    assertThrows(NullPointerException.class, () -> converse(read("careless")));
  }

  @Test
  void headersTensorsAndPartsAreAskedFor() throws IOException {
    Files.writeString(folder.resolve("file"), "a");
    List<JsonObject> replies =
        converse(
            ask("inspect", "file", ""),
            ask("get", "file", ",\"tensor\":\"one\""),
            ask("slice", "file", ",\"tensor\":\"t\",\"index\":[-1,[null,2,null],\"...\"]"));
    assertEquals(
        "[{\"name\":\"a\",\"dtype\":\"U8\",\"shape\":[9]}]",
        replies.get(1).get("tensors").toString());
    assertEquals(
        "[{\"name\":\"one\",\"dtype\":\"U8\",\"shape\":[1],\"data\":\"61\"}]",
        replies.get(2).get("tensors").toString());
    JsonObject part = replies.get(3).getAsJsonArray("tensors").get(0).getAsJsonObject();
    assertEquals("[-1,[null,2,null],\"...\"]", part.get("name").getAsString());
  }

  @Test
  void aTaskForTheWriterReachesItWithItsContents() throws IOException {
    Path task = folder.resolve("task.json");
    Path contents = folder.resolve("contents");
    Files.write(contents, new byte[] {7, 8, 9});
    Files.writeString(
        task,
        "{\"tensors\":[{\"name\":\"a\\u00e9\",\"dtype\":\"U8\",\"shape\":[2],\"data\":[1,2],"
            + "\"strides\":[1]}],\"metadata\":{\"k\":\"v\"}}");
    String more = String.format(",\"task\":\"%s\",\"contents\":\"%s\"", task, contents);
    assertEquals("written", result(converse(ask("write", "out", more)).get(1)));
    assertEquals(Map.of("k", "v"), writtenMetadata);
    InputTensor tensor = written.get(0);
    assertEquals("a\u00e9", tensor.name());
    assertArrayEquals(new byte[] {8, 9}, tensor.data());
    assertArrayEquals(new long[] {1}, tensor.strides());
  }

  @Test
  void anUnknownOperationIsRefusedAndByeEndsIt() throws IOException {
    List<JsonObject> replies =
        converse("{\"op\":\"paint\",\"id\":\"p\"}", "{\"op\":\"bye\",\"id\":\"b\"}", read("fine"));
    assertEquals(2, replies.size());
    assertEquals(
        "{\"result\":\"unsupported\",\"what\":\"operation\",\"id\":\"p\"}",
        replies.get(1).toString());
  }

  @Test
  void theVersionIsReadOffTheJar() {
    assertTrue(Implementation.versionOf(Test.class).matches("\\d+\\.\\d+.*"));
    assertEquals("unknown", Implementation.versionOf(AdapterTest.class));
  }
}
