package assay.adapter;

import java.util.List;
import java.util.Map;

/**
 * A file as the library sees it.
 *
 * @param tensors in any order
 * @param metadata null if there is none
 */
public record View(List<Tensor> tensors, Map<String, String> metadata) {}
