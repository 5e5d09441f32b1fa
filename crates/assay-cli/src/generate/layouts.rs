//! Files of published models' layouts: headers, and holes for contents.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, bail};
use assay_generator::Layout;
use assay_generator::draft::Draft;
use assay_generator::layout::{Shard, index};
use assay_spec::Dialect;
use serde_json::{Value, json};

use super::files;
use crate::corpus::build::replace;

/// What of a layout is written.
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) shards: Option<u64>,
    pub(crate) scale_down: Option<u64>,
    pub(crate) header_only: bool,
}

/// Writes a layout's files into an empty folder; a JSON object for each.
///
/// # Errors
/// If there is no such layout, it cannot be written as wanted, the folder is not
/// empty, or it was cancelled.
pub(crate) fn write(
    wanted: &Wanted,
    dialect: &Dialect,
    folder: &Path,
    cancelled: &AtomicBool,
) -> anyhow::Result<Vec<Value>> {
    let layout = Layout::named(&wanted.name).with_context(|| {
        let names: Vec<&str> = Layout::names().collect();
        format!("no layout `{}`; there are {}", wanted.name.escape_debug(), names.join(", "))
    })?;
    let count = wanted.shards.unwrap_or(layout.shards);
    let layout = match wanted.scale_down {
        Some(divisor) => layout.scaled_down(dialect, divisor),
        None => layout,
    };
    let shards = layout
        .shards(dialect, count)
        .with_context(|| format!("cannot write the layout {}", wanted.name))?;
    files::ready(folder)?;
    let mut made = Vec::new();
    for shard in &shards {
        if cancelled.load(Ordering::SeqCst) {
            bail!("stopped after {} of {} files; those are whole", made.len(), shards.len());
        }
        made.push(write_shard(shard, wanted.header_only, folder)?);
    }
    if shards.len() > 1 {
        let (name, text) = (layout.index_name(), index(&shards));
        replace(&folder.join(&name), text.as_bytes())?;
        made.push(json!({
            "path": folder.join(name).display().to_string(),
            "size": text.len(),
            "index": true,
        }));
    }
    Ok(made)
}

fn write_shard(shard: &Shard, header_only: bool, folder: &Path) -> anyhow::Result<Value> {
    let size = shard.draft.len();
    let mut draft: Draft = shard.draft.clone();
    let mut name = shard.file_name.clone();
    if header_only {
        draft.data.clear();
        name.push_str(".head");
    }
    let path = folder.join(name);
    draft.write_file(&path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(json!({
        "path": path.display().to_string(),
        "size": draft.len(),
        "whole_size": size,
        "header_size": draft.header_len(),
        "tensors": shard.tensors.len(),
        "verdict": if header_only { Value::Null } else { json!("valid") },
    }))
}
