//! Offsets from the start of the file that should be multiples of a number.

use assay_spec::check::Aligned;

use crate::facts::Facts;
use crate::judgement::Sink;
use crate::message::about_tensor;

pub(super) fn alignment(of: Aligned, facts: &Facts<'_>, sink: &mut Sink<'_>) {
    match of {
        Aligned::DataStart => data_start(facts, sink),
        Aligned::TensorBegin => tensor_begin(facts, sink),
    }
}

/// Judged only if the header is JSON: of one that is not, there is worse to say.
fn data_start(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let (Some(start), Some(_)) = (facts.data_start(), facts.document()) else { return };
    let unit = facts.dialect.limit("data_alignment");
    if !start.is_multiple_of(unit) {
        sink.report(facts.prefix_span(), || {
            format!("the byte buffer begins at byte {start}, which is no multiple of {unit}").into()
        });
    }
}

/// Non-empty tensors whose dtype is known and takes whole bytes.
fn tensor_begin(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let (Some((document, object)), Some(data_start)) = (facts.object(), facts.data_start()) else {
        return;
    };
    for tensor in &object.tensors {
        let (Some(range), Some(unit)) = (tensor.range(), tensor.dtype.and_then(|d| d.bytes()))
        else {
            continue;
        };
        // An offset can lie beyond any file; the sum does not wrap in 128 bits.
        let at = u128::from(data_start) + u128::from(range.begin);
        if range.begin == range.end || at.is_multiple_of(u128::from(unit)) {
            continue;
        }
        sink.report(document.span(range.value), || {
            let what = format!("begins at byte {at} of the file, which is no multiple of {unit}");
            about_tensor(facts, tensor.entry, &what)
        });
    }
}
