/**
 * The loop of the adapter protocol ({@code harness/PROTOCOL.md}) for adapters in Java 17 or newer:
 * {@link assay.adapter.Adapter} is where to begin.
 */
package assay.adapter;
