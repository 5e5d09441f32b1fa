//! Which implementations take part, in which versions.
//!
//! `NAME` is an implementation in its default version, `NAME@VERSION` in that one, `NAME@*` in
//! every version that its adapter lists. An implementation that has to be opted in takes part
//! only if it is named, or if all of them are asked for.

use anyhow::bail;
use assay_harness::Adapter;

/// What a reason not to be run begins with if the implementation was not asked for.
pub(crate) const OPT_IN: &str = "opt-in: ";

/// What the command line asks for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wish<'a> {
    /// Only these; all if there is none.
    pub(crate) only: &'a [String],
    /// But not these.
    pub(crate) skip: &'a [String],
    /// Those that are only named in their default version, in all versions.
    pub(crate) versions: bool,
    /// Also those that have to be opted in.
    pub(crate) opt_in: bool,
}

/// What takes part.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// The adapters.
    pub(crate) adapters: Vec<Adapter>,
    /// Those that would have to be opted in, with their reasons.
    pub(crate) left_out: Vec<(String, String)>,
}

/// Chooses among the adapters of the harness, each in its default version.
///
/// # Errors
/// If a name is unknown or nothing is left.
pub(crate) fn choose(all: Vec<Adapter>, wish: &Wish<'_>) -> anyhow::Result<Selection> {
    if all.is_empty() {
        bail!("harness/ holds no implementation: no folder with an adapter.toml");
    }
    let only = names(&all, wish.only)?;
    let skip = names(&all, wish.skip)?;
    let mut chosen = Selection::default();
    for default in all {
        let named = only.iter().any(|name| name.folder == default.folder());
        if !only.is_empty() && !named {
            continue;
        }
        let versions = default.versions();
        let wanted = |one: &Adapter| {
            let asked = match &only[..] {
                [] => one.id == default.id,
                only => only.iter().any(|name| name.means(one, &default)),
            };
            let skipped = skip.iter().any(|name| match name.version {
                None => name.folder == one.folder(),
                Some(_) => name.means(one, &default),
            });
            (asked || wish.versions) && !skipped
        };
        let wanted: Vec<Adapter> = versions.into_iter().filter(wanted).collect();
        match &default.manifest.opt_in {
            Some(reason) if !named && !wish.opt_in => {
                let id = default.folder();
                let reason = format!("{OPT_IN}{reason}; `--opt-in` or `--only {id}` runs it");
                let left = wanted.iter().map(|one| (one.id.clone(), reason.clone()));
                chosen.left_out.extend(left);
            }
            _ => chosen.adapters.extend(wanted),
        }
    }
    if chosen.adapters.is_empty() {
        bail!("no implementation is left to run; look at --only, --skip and --opt-in");
    }
    Ok(chosen)
}

/// A name as the command line has it.
struct Name<'a> {
    folder: &'a str,
    /// `*` is all.
    version: Option<&'a str>,
}

impl Name<'_> {
    fn means(&self, one: &Adapter, default: &Adapter) -> bool {
        self.folder == one.folder()
            && match self.version {
                None => one.id == default.id,
                Some("*") => true,
                Some(version) => one.version.as_deref() == Some(version),
            }
    }
}

fn names<'a>(all: &[Adapter], texts: &'a [String]) -> anyhow::Result<Vec<Name<'a>>> {
    texts.iter().map(|text| name(all, text)).collect()
}

fn name<'a>(all: &[Adapter], text: &'a str) -> anyhow::Result<Name<'a>> {
    let (folder, version) = match text.split_once('@') {
        Some((folder, version)) => (folder, Some(version)),
        None => (text, None),
    };
    let Some(adapter) = all.iter().find(|adapter| adapter.id == folder) else {
        let known: Vec<&str> = all.iter().map(|adapter| adapter.id.as_str()).collect();
        bail!("no implementation `{folder}` in harness/; there are {}", known.join(", "));
    };
    let listed = &adapter.manifest.versions;
    if let Some(version) = version.filter(|version| *version != "*")
        && !listed.iter().any(|one| one.version == version)
    {
        let listed: Vec<&str> = listed.iter().map(|one| one.version.as_str()).collect();
        match &listed[..] {
            [] => bail!("`{folder}` lists no versions; leave `@{version}` out"),
            _ => bail!("`{folder}` has no version {version}; there are {}", listed.join(", ")),
        }
    }
    Ok(Name { folder, version })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One with versions, one without, one to opt in, as they are found.
    fn adapters() -> Vec<Adapter> {
        let home = tempfile::tempdir().expect("a temporary folder");
        let versions = "versions = [{ version = \"1\" }, { version = \"2\" }]\n";
        for (id, more, command) in [
            ("heavy", "opt_in = \"needs a lot\"\n", "a"),
            ("many", versions, "{version}"),
            ("one", "", "a"),
        ] {
            let folder = home.path().join(id);
            std::fs::create_dir(&folder).expect("it can be made");
            let text = format!(
                "title = \"t\"\nlanguage = \"c\"\n{more}run = {{ command = [\"{command}\"] }}\n"
            );
            std::fs::write(folder.join("adapter.toml"), text).expect("it can be written");
        }
        assay_harness::discover(home.path()).expect("they are sound")
    }

    /// Ids that run, and ids that are left out, for `--only` and `--skip` and flags.
    fn chosen(only: &[&str], skip: &[&str], flags: &str) -> Result<String, String> {
        let owned =
            |names: &[&str]| -> Vec<String> { names.iter().map(ToString::to_string).collect() };
        let (only, skip) = (owned(only), owned(skip));
        let wish = Wish {
            only: &only,
            skip: &skip,
            versions: flags.contains("versions"),
            opt_in: flags.contains("opt-in"),
        };
        let chosen = choose(adapters(), &wish).map_err(|error| error.to_string())?;
        let ids = chosen.adapters.iter().map(|one| one.id.clone());
        let left = chosen.left_out.iter().map(|(id, reason)| format!("-{id} ({reason})"));
        Ok(ids.chain(left).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn names_choose_versions() {
        let left = "-heavy (opt-in: needs a lot; `--opt-in` or `--only heavy` runs it)";
        for (only, skip, flags, expected) in [
            (&[][..], &[][..], "", format!("many one {left}")),
            (&[], &[], "versions", format!("many@1 many one {left}")),
            (&[], &[], "versions, opt-in", "heavy many@1 many one".to_owned()),
            (&["many"], &[], "", "many".to_owned()),
            (&["many"], &[], "versions", "many@1 many".to_owned()),
            (&["many@1"], &[], "", "many@1".to_owned()),
            (&["many@2"], &[], "", "many".to_owned()),
            (&["many@*", "one"], &["many@2"], "", "many@1 one".to_owned()),
            (&["one@*", "heavy"], &[], "", "heavy one".to_owned()),
            (&[], &["many"], "versions", format!("one {left}")),
            (&[], &["heavy"], "", "many one".to_owned()),
        ] {
            assert_eq!(chosen(only, skip, flags), Ok(expected), "{only:?} {skip:?} {flags}");
        }
    }

    #[test]
    fn what_is_not_there_is_said_with_what_is() {
        let error = |only: &[&str], skip: &[&str]| chosen(only, skip, "").unwrap_err();
        assert!(error(&["none"], &[]).ends_with("there are heavy, many, one"));
        assert!(error(&["many@3"], &[]).ends_with("there are 1, 2"));
        assert!(error(&["one@3"], &[]).contains("lists no versions"));
        assert!(error(&["one"], &["one"]).contains("no implementation is left"));
    }
}
