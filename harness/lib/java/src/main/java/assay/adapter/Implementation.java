package assay.adapter;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is driven, and what it can do: the objects of these names in the reply to {@code hello}. */
public final class Implementation {
  private final JsonObject identity = new JsonObject();
  private final JsonObject capabilities = new JsonObject();

  /**
   * An implementation.
   *
   * @param name as its registry has it
   * @param version of the library that is loaded
   * @param language in which the library is written
   * @param lineage whose parser it is
   */
  public Implementation(String name, String version, String language, String lineage) {
    identity.addProperty("name", name);
    identity.addProperty("version", version);
    identity.addProperty("language", language);
    identity.addProperty("lineage", lineage);
    identity.addProperty("runtime", "Java " + Runtime.version());
  }

  /** Where people find it. */
  public Implementation homepage(String address) {
    identity.addProperty("homepage", address);
    return this;
  }

  /** The dtypes that it delivers, as files spell them; all of them if this is not called. */
  public Implementation dtypes(List<String> dtypes) {
    JsonArray list = new JsonArray();
    dtypes.forEach(list::add);
    capabilities.add("dtypes", list);
    return this;
  }

  /** Whether the library reports metadata; true if this is not called. */
  public Implementation metadata(boolean reported) {
    capabilities.addProperty("metadata", reported);
    return this;
  }

  /** The longest file that it takes. */
  public Implementation maxFileBytes(long length) {
    capabilities.addProperty("max_file_bytes", length);
    return this;
  }

  /** Whether it writes to streams or memory only, so that files are its user's own. */
  public Implementation writesStreams(boolean only) {
    capabilities.addProperty("writes_streams", only);
    return this;
  }

  /** Whether the library claims that equal inputs give equal bytes. */
  public Implementation deterministicWrites(boolean claimed) {
    capabilities.addProperty("deterministic_writes", claimed);
    return this;
  }

  /**
   * The version of the Maven artifact from which a class was loaded, read off the name of its jar,
   * {@code artifact-version.jar}: few libraries tell their version themselves.
   */
  public static String versionOf(Class<?> type) {
    URL location = type.getProtectionDomain().getCodeSource().getLocation();
    try {
      String jar = Path.of(location.toURI()).getFileName().toString();
      Matcher name = Pattern.compile("-(\\d[^/]*)\\.jar$").matcher(jar);
      return name.find() ? name.group(1) : "unknown";
    } catch (URISyntaxException error) {
      throw new IllegalStateException("no place of a jar: " + location, error);
    }
  }

  JsonObject identity() {
    return identity;
  }

  JsonObject capabilities(List<String> operations) {
    JsonObject all = capabilities.deepCopy();
    JsonArray list = new JsonArray();
    operations.forEach(list::add);
    all.add("operations", list);
    return all;
  }
}
