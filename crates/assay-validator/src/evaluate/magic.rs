//! First bytes of other formats.

use assay_spec::Span;

use crate::facts::Facts;
use crate::judgement::Sink;

pub(super) fn foreign_magic(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for magic in facts.dialect.magics() {
        if facts.head.starts_with(&magic.bytes) {
            sink.report(Span::new(0, magic.bytes.len() as u64), || {
                format!("the file begins as a {} does", magic.format).into()
            });
        }
    }
}
