//! Which part of a tensor: an index expression, as a value.

use alloc::vec::Vec;
use core::fmt;
use core::ops;

/// Which part of a tensor: one item for each dimension, outermost first, as in
/// NumPy's basic indexing. Dimensions without an item are taken whole.
///
/// ```
/// use assay_reference::{Index, IndexItem};
///
/// let built = Index::new([IndexItem::from(1), (-3..).into(), IndexItem::Ellipsis, IndexItem::from(..).step(2)]);
/// let parsed: Index = "1, -3:, ..., ::2".parse()?;
/// assert_eq!(built, parsed);
/// assert_eq!(built.to_string(), "1, -3:, ..., ::2");
/// # Ok::<(), assay_reference::NotAnIndex>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Index {
    items: Vec<IndexItem>,
}

/// What an [`Index`] says of one dimension; an ellipsis speaks of any number of them.
///
/// Numbers below zero count from the dimension's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IndexItem {
    /// One position. The dimension is not part of the result.
    Select(i64),
    /// Every `step`-th position from `start` on and before `stop`. Bounds past
    /// either end are moved to that end, as NumPy does.
    Range {
        /// Where to begin; `None`: at the end from which `step` leads away.
        start: Option<i64>,
        /// Where to stop, itself not taken; `None`: behind the other end.
        stop: Option<i64>,
        /// From one position to the next; below zero it runs backwards. Zero is refused
        /// when the index is applied.
        step: i64,
    },
    /// As many whole dimensions as the other items leave. At most one an index.
    Ellipsis,
}

impl Index {
    /// An index of these items, outermost dimension first.
    pub fn new(items: impl IntoIterator<Item = IndexItem>) -> Index {
        Index { items: items.into_iter().collect() }
    }

    /// Its items, outermost dimension first.
    pub fn items(&self) -> &[IndexItem] {
        &self.items
    }
}

impl FromIterator<IndexItem> for Index {
    fn from_iter<I: IntoIterator<Item = IndexItem>>(items: I) -> Index {
        Index::new(items)
    }
}

impl From<IndexItem> for Index {
    fn from(item: IndexItem) -> Index {
        Index::new([item])
    }
}

impl IndexItem {
    /// A range with another step; what is no range stays as it is.
    #[must_use]
    pub fn step(self, step: i64) -> IndexItem {
        match self {
            IndexItem::Range { start, stop, .. } => IndexItem::Range { start, stop, step },
            other => other,
        }
    }

    fn range(start: Option<i64>, stop: Option<i64>) -> IndexItem {
        IndexItem::Range { start, stop, step: 1 }
    }
}

impl From<i64> for IndexItem {
    fn from(position: i64) -> IndexItem {
        IndexItem::Select(position)
    }
}

impl From<ops::Range<i64>> for IndexItem {
    fn from(range: ops::Range<i64>) -> IndexItem {
        IndexItem::range(Some(range.start), Some(range.end))
    }
}

impl From<ops::RangeFrom<i64>> for IndexItem {
    fn from(range: ops::RangeFrom<i64>) -> IndexItem {
        IndexItem::range(Some(range.start), None)
    }
}

impl From<ops::RangeTo<i64>> for IndexItem {
    fn from(range: ops::RangeTo<i64>) -> IndexItem {
        IndexItem::range(None, Some(range.end))
    }
}

impl From<ops::RangeFull> for IndexItem {
    fn from(_: ops::RangeFull) -> IndexItem {
        IndexItem::range(None, None)
    }
}

impl fmt::Display for Index {
    /// As it is written between brackets in Python.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, item) in self.items.iter().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            item.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for IndexItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IndexItem::Select(position) => position.fmt(f),
            IndexItem::Ellipsis => f.write_str("..."),
            IndexItem::Range { start, stop, step } => {
                if let Some(start) = start {
                    start.fmt(f)?;
                }
                f.write_str(":")?;
                if let Some(stop) = stop {
                    stop.fmt(f)?;
                }
                if *step != 1 {
                    write!(f, ":{step}")?;
                }
                Ok(())
            }
        }
    }
}
