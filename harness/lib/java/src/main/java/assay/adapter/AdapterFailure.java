package assay.adapter;

/** Something broke that is no word of the library on the file: it ends the adapter. */
final class AdapterFailure extends Error {
  private static final long serialVersionUID = 1;

  AdapterFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
