//! Checks of a document against itself: what its JSON Schema cannot say.
//!
//! Nothing here knows the format; that an entry is *true* is for those who
//! can read files.

use std::collections::BTreeSet;

use crate::adapter::{AdapterManifest, LibraryVersion, Step};
use crate::case::ClaimedVerdict;
use crate::manifest::{MANIFEST_SCHEMA, Manifest, ManifestCase, ManifestHead};
use crate::message::{Operation, PROTOCOL_MAX, PROTOCOL_MIN, Reply, ReplyTensor, Request};

/// What is wrong with a document, one line each; empty if nothing is.
pub type Faults = Vec<String>;

/// Whether a text is a SHA-256 as documents spell it: 64 lower-case hexadecimal digits.
pub fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Whether a path may stand in a request: absolute, of ASCII letters, digits
/// and `/._-`, so that it needs no escaping in any language.
pub fn is_path(text: &str) -> bool {
    text.starts_with('/')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'_' | b'-'))
}

impl Request {
    /// Checks it against itself.
    pub fn faults(&self) -> Faults {
        let mut faults = Faults::new();
        if !is_plain(self.id()) {
            faults.push("`id` holds characters that JSON would escape".to_owned());
        }
        match self {
            Request::Hello { protocol, .. } if protocol.min > protocol.max => {
                faults.push("`protocol.min` is above `protocol.max`".to_owned());
            }
            _ => {}
        }
        for (name, value) in self.paths() {
            if !is_path(value) {
                faults.push(format!(
                    "`{name}` is not an absolute path of ASCII letters, digits and `/._-`"
                ));
            }
        }
        if self.digest().is_some_and(|sha256| !is_sha256(sha256)) {
            faults.push("`sha256` is not 64 lower-case hexadecimal digits".to_owned());
        }
        if let Request::Slice { tensor, .. } | Request::Get { tensor, .. } = self
            && !is_plain(tensor)
        {
            faults.push("`tensor` holds characters that JSON would escape".to_owned());
        }
        faults
    }

    /// Its paths, by the names of their fields.
    fn paths(&self) -> Vec<(&'static str, &str)> {
        match self {
            Request::Hello { .. } | Request::Bye { .. } => Vec::new(),
            Request::Read { path, scratch, .. }
            | Request::Slice { path, scratch, .. }
            | Request::Inspect { path, scratch, .. }
            | Request::Get { path, scratch, .. }
            | Request::OpenIndex { path, scratch, .. } => {
                vec![("path", path), ("scratch", scratch)]
            }
            Request::Bench { path, .. } => vec![("path", path)],
            Request::Write { task, contents, path, scratch, .. } => {
                vec![("task", task), ("contents", contents), ("path", path), ("scratch", scratch)]
            }
        }
    }

    /// The digest of its file, if it has one.
    fn digest(&self) -> Option<&str> {
        match self {
            Request::Read { sha256, .. }
            | Request::Slice { sha256, .. }
            | Request::Get { sha256, .. } => Some(sha256),
            Request::Inspect { sha256, .. } => sha256.as_deref(),
            _ => None,
        }
    }
}

impl Reply {
    /// Checks it against itself.
    pub fn faults(&self) -> Faults {
        match self {
            Reply::Hello { protocol, implementation, capabilities, .. } => {
                let mut faults = Faults::new();
                if !(PROTOCOL_MIN..=PROTOCOL_MAX).contains(protocol) {
                    faults.push(format!(
                        "chose protocol {protocol}; the harness speaks {PROTOCOL_MIN} to {PROTOCOL_MAX}"
                    ));
                }
                let named = [
                    ("name", &implementation.name),
                    ("version", &implementation.version),
                    ("language", &implementation.language),
                    ("lineage", &implementation.lineage),
                ];
                for (field, value) in named {
                    if value.trim().is_empty() {
                        faults.push(format!("`implementation.{field}` is empty"));
                    }
                }
                let modes = capabilities.bench_modes.iter().flatten();
                for mode in modes.filter(|mode| !is_mode(mode)) {
                    faults.push(format!("the mode `{mode}` is not of a-z, 0-9 and `-`"));
                }
                if !Operation::ALL.into_iter().any(|operation| capabilities.has(operation)) {
                    let known: Vec<&str> = Operation::ALL.iter().map(|one| one.as_str()).collect();
                    faults.push(format!("declares no operation of {}", known.join(", ")));
                }
                faults
            }
            // Of a header there are no contents.
            Reply::Accept { tensors, .. } if tensors.iter().all(ReplyTensor::is_bare) => {
                Faults::new()
            }
            Reply::Accept { tensors, .. } => {
                tensors.iter().filter_map(ReplyTensor::fault).collect()
            }
            Reply::Bench { sum, .. } if !is_sum(sum) => {
                vec![format!("`sum` is not 16 digits of lower-case hexadecimal: `{sum}`")]
            }
            Reply::Bench { .. }
            | Reply::Written { .. }
            | Reply::Reject { .. }
            | Reply::Unsupported { .. }
            | Reply::OutOfMemory { .. } => Faults::new(),
        }
    }
}

/// A way of being timed, as its adapter calls it: it stands in requests unescaped.
fn is_mode(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(is_plain)
}

fn is_sum(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl ReplyTensor {
    /// Whether it has no contents, as in answer to `inspect`.
    fn is_bare(&self) -> bool {
        self.data.is_none() && self.scratch.is_none()
    }

    /// Checks that its contents are in exactly one place. (Not for answers to
    /// `inspect`, where they are in none.)
    pub fn fault(&self) -> Option<String> {
        match (&self.data, &self.scratch) {
            (Some(_), Some(_)) => {
                Some(format!("tensor {:?} has both `data` and `scratch`", self.name))
            }
            (None, None) => {
                Some(format!("tensor {:?} has neither `data` nor `scratch`", self.name))
            }
            _ => None,
        }
    }
}

impl Manifest {
    /// Checks it against itself.
    pub fn faults(&self) -> Faults {
        let mut faults = Faults::new();
        if self.schema != MANIFEST_SCHEMA {
            faults.push(format!("`schema` is {:?}, not {MANIFEST_SCHEMA:?}", self.schema));
        }
        let ids: BTreeSet<&str> = self.cases.iter().map(|case| case.id.as_str()).collect();
        for pair in self.cases.windows(2) {
            if pair[0].id >= pair[1].id {
                faults.push(format!("case {}: not in order of id, or twice", pair[1].id));
            }
        }
        for case in &self.cases {
            if let Some(twin) = &case.twin
                && !ids.contains(twin.as_str())
            {
                faults.push(format!("case {}: there is no case {twin}, its twin", case.id));
            }
            faults.extend(
                case.faults().into_iter().map(|fault| format!("case {}: {fault}", case.id)),
            );
            if let Some(of) = case.relation.as_ref().and_then(|relation| relation.of.as_deref())
                && !ids.contains(of)
            {
                faults.push(format!("case {}: there is no case {of}, its base", case.id));
            }
        }
        for pair in self.heads.windows(2) {
            if pair[0].id >= pair[1].id {
                faults.push(format!("head {}: not in order of id, or twice", pair[1].id));
            }
        }
        for head in &self.heads {
            if ids.contains(head.id.as_str()) {
                faults.push(format!("head {}: a case has the same id", head.id));
            }
            faults.extend(
                head.faults().into_iter().map(|fault| format!("head {}: {fault}", head.id)),
            );
        }
        faults
    }
}

impl ManifestCase {
    /// Checks it against itself.
    pub fn faults(&self) -> Faults {
        let mut faults = Faults::new();
        if !is_sha256(&self.sha256) {
            faults.push("`sha256` is not 64 lower-case hexadecimal digits".to_owned());
        }
        match (&self.path, &self.recipe) {
            (None, None) => faults.push("has neither `path` nor `recipe`".to_owned()),
            (Some(path), _) if leaves_folder(path) => {
                faults.push("`path` leaves the manifest's folder".to_owned());
            }
            _ => {}
        }
        if let Some(relation) = &self.relation {
            if (relation.side == 0) != relation.of.is_none() {
                faults.push("`relation.of` belongs to every side but the base".to_owned());
            }
            if self.verdict != ClaimedVerdict::Valid {
                faults.push("is part of a relation and not valid".to_owned());
            }
        }
        match (self.verdict, &self.view) {
            (ClaimedVerdict::Valid, None) => faults.push("is valid and has no `view`".to_owned()),
            (ClaimedVerdict::Invalid, Some(_)) => {
                faults.push("is invalid and has a `view`".to_owned())
            }
            _ => {}
        }
        for tensor in self.view.iter().flat_map(|view| &view.tensors) {
            let [start, end] = tensor.contents;
            if start > end || end > self.size {
                faults.push(format!("contents of tensor {:?} leave the file", tensor.name));
            }
            if !is_sha256(&tensor.sha256) {
                faults.push(format!("`sha256` of tensor {:?} is not one", tensor.name));
            }
        }
        faults
    }
}

impl ManifestHead {
    /// Checks it against itself.
    pub fn faults(&self) -> Faults {
        let mut faults = Faults::new();
        if !is_sha256(&self.sha256) || self.view_sha256.as_deref().is_some_and(|it| !is_sha256(it))
        {
            faults.push("a digest is not 64 lower-case hexadecimal digits".to_owned());
        }
        if leaves_folder(&self.path) {
            faults.push("`path` leaves the manifest's folder".to_owned());
        }
        let has_view = self.verdict != ClaimedVerdict::Invalid;
        if self.view_sha256.is_some() != has_view || self.tensors.is_some() != has_view {
            faults.push("a head has a view exactly if it is not invalid".to_owned());
        }
        faults
    }
}

fn leaves_folder(path: &str) -> bool {
    path.starts_with('/') || path.split('/').any(|part| part == "..")
}

impl AdapterManifest {
    /// Checks it against itself: the key that is wrong, and what to do.
    pub fn faults(&self) -> Vec<(String, String)> {
        let mut faults = Vec::new();
        let mut fault = |key: &str, what: &str| faults.push((key.to_owned(), what.to_owned()));
        for (key, value) in [("title", &self.title), ("language", &self.language)] {
            if value.trim().is_empty() {
                fault(key, "is empty; say what people call it");
            }
        }
        let mut before = BTreeSet::new();
        for LibraryVersion { version } in &self.versions {
            if !is_version(version) {
                fault("version", "is not of ASCII letters, digits and `._-`; correct it");
            } else if !before.insert(version) {
                fault("version", "stands twice in [[versions]]; remove one");
            }
        }
        if self.opt_in.as_deref().is_some_and(|reason| reason.trim().is_empty()) {
            fault("opt_in", "is empty; say what it needs, or leave it out");
        }
        if self.limits.memory_mib == 0 {
            fault("memory_mib", "is 0; give the MiB it may use, or leave it out");
        }
        if self.limits.start_seconds == 0 {
            fault("start_seconds", "is 0; give the seconds `hello` may take, or leave it out");
        }
        if self.out_of_memory.stderr.iter().any(String::is_empty) {
            fault("stderr", "has an empty text, which every output contains; remove it");
        }
        if is_empty_command(&self.run) {
            fault("command", "of [run] is empty; give the program and its arguments");
        }
        if self.setup.iter().any(is_empty_command) {
            fault("command", "of a [[setup]] step is empty; give the program and its arguments");
        }
        faults
    }
}

fn is_version(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

fn is_empty_command(step: &Step) -> bool {
    step.command.first().is_none_or(String::is_empty)
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(text: &str) -> Reply {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn paths_that_need_no_escaping() {
        assert!(is_path("/tmp/a-b_c/000001.safetensors"));
        for bad in ["", "tmp/a", "/tmp/a b", "/tmp/\"", "/tmp/é", "/tmp/a\n"] {
            assert!(!is_path(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_read_request_is_checked() {
        let request = |path: &str, sha256: &str| Request::Read {
            id: "r0".to_owned(),
            path: path.to_owned(),
            length: 0,
            sha256: sha256.to_owned(),
            scratch: "/s".to_owned(),
        };
        assert!(request("/a", &"0".repeat(64)).faults().is_empty());
        assert_eq!(request("a", &"0".repeat(64)).faults().len(), 1);
        assert_eq!(request("/a", &"F".repeat(64)).faults().len(), 1);
    }

    #[test]
    fn contents_are_in_exactly_one_place() {
        let of = |contents: &str| {
            let tensor = format!(r#"{{"name":"a","dtype":"U8","shape":[1]{contents}}}"#);
            let other = r#"{"name":"b","dtype":"U8","shape":[0],"data":""}"#;
            reply(&format!(r#"{{"result":"accept","id":"r0","tensors":[{tensor},{other}]}}"#))
                .faults()
        };
        assert!(of(r#","data":"00""#).is_empty());
        assert!(of(r#","scratch":[0,1]"#).is_empty());
        assert!(of("")[0].contains("neither"));
        assert!(of(r#","data":"00","scratch":[0,1]"#)[0].contains("both"));
    }

    #[test]
    fn a_hello_must_choose_a_known_version_and_known_operations() {
        let of = |protocol: u32, operation: &str, name: &str| {
            reply(&format!(
                r#"{{"result":"hello","id":"h","protocol":{protocol},"implementation":
                {{"name":"{name}","version":"1","language":"c","lineage":"l"}},
                "capabilities":{{"operations":["read","{operation}"]}}}}"#
            ))
            .faults()
        };
        assert!(of(1, "mine", "n").is_empty());
        assert!(of(99, "mine", "n")[0].contains("protocol 99"));
        assert!(of(1, "slice", "n").is_empty());
        assert!(of(1, "bench", "n").is_empty());
        assert!(of(1, "mine", " ")[0].contains("implementation.name"));
    }

    #[test]
    fn answers_to_a_bench_have_a_sum() {
        let of = |sum: &str| {
            reply(&format!(
                r#"{{"result":"bench","id":"b","sum":"{sum}","count":1,"returned_ns":5}}"#
            ))
            .faults()
        };
        assert!(of("00ff00ff00ff00ff").is_empty());
        for wrong in ["", "00FF00FF00FF00FF", "ff", "0x00ff00ff00ff00"] {
            assert!(of(wrong)[0].contains("`sum`"), "{wrong}");
        }
    }

    #[test]
    fn a_manifest_is_in_order_and_its_twins_exist() {
        let case = |id: &str, twin: &str| {
            format!(
                r#"{{"id":"{id}","rule":"a/b","title":"t","verdict":"invalid","origin":"hand",
                "path":"f","size":1,"sha256":"{}","twin":"{twin}"}}"#,
                "a".repeat(64)
            )
        };
        let manifest = |cases: &[String]| -> Manifest {
            let dialect = r#"{"edition":"0.8","digest":"sha256:0"}"#;
            let text = cases.join(",");
            serde_json::from_str(&format!(
                r#"{{"schema":"manifest/1","dialect":{dialect},"cases":[{text}]}}"#
            ))
            .unwrap()
        };
        assert!(manifest(&[case("a", "b"), case("b", "a")]).faults().is_empty());
        assert!(manifest(&[case("b", "b"), case("a", "a")]).faults()[0].contains("order"));
        assert!(manifest(&[case("a", "x")]).faults()[0].contains("no case x"));
    }

    #[test]
    fn an_adapter_manifest_says_what_to_do() {
        let manifest: AdapterManifest = toml::from_str(
            "title = \"t\"\nlanguage = \"\"\nrun = { command = [] }\nlimits = { memory_mib = 0 }",
        )
        .unwrap();
        let keys: Vec<String> = manifest.faults().into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["language", "memory_mib", "command"]);
    }

    #[test]
    fn versions_are_plain_words_and_each_stands_once() {
        let faults = |versions: &[&str]| -> Vec<String> {
            let versions: Vec<String> =
                versions.iter().map(|text| format!("{{ version = \"{text}\" }}")).collect();
            let manifest: AdapterManifest = toml::from_str(&format!(
                "title = \"t\"\nlanguage = \"c\"\nopt_in = \"needs x\"\nversions = [{}]\n\
                 run = {{ command = [\"a\"] }}",
                versions.join(", ")
            ))
            .unwrap();
            manifest.faults().into_iter().map(|(_, what)| what).collect()
        };
        assert_eq!(faults(&["0.3.3", "1.0.0-rc.1"]), [""; 0]);
        assert!(faults(&["0.3.3", "0.3.3"])[0].contains("twice"));
        for bad in ["", "0 3", "../x", "{cache}", "@1"] {
            assert!(faults(&[bad])[0].contains("ASCII"), "{bad:?}");
        }
    }
}
