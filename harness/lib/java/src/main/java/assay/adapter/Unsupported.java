package assay.adapter;

/** Throw it when the library cannot do this; it says nothing about the file. */
public final class Unsupported extends Exception {
  private static final long serialVersionUID = 1;

  private final String what;

  /**
   * That the library cannot do something.
   *
   * @param what {@code dtype}, {@code limit}, {@code index}, {@code layout} or {@code metadata}
   * @param message in words
   */
  public Unsupported(String what, String message) {
    super(message);
    this.what = what;
  }

  String what() {
    return what;
  }
}
