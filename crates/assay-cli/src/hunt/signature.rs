//! Who did what with a file: the signature that tells disagreements apart.
//!
//! For a file that breaks rules, which rules and who took it all the same, in
//! groups that saw the same. For a valid one nothing is broken, so that the
//! kind of the difference and the words of a refusal take the rules' place.
//! Who was right is not part of it: another implementation on the panel, or
//! one less, leaves the others' signatures as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use assay_protocol::record::{Answer, Outcome, ResultLine};
use assay_spec::Verdict;
use assay_validator::Validation;
use sha2::{Digest as _, Sha256};

use super::asker::{Member, rules};

/// Words of a message that are kept to tell one from another.
const WORDS: usize = 8;

/// A disagreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature {
    /// What the validator says.
    pub(crate) verdict: Verdict,
    /// The rules that are broken.
    pub(crate) rules: BTreeSet<String>,
    /// What was done wrong, and by whom: implementations, or lineages of which
    /// all did it.
    pub(crate) wrong: BTreeMap<String, Vec<String>>,
    /// Outcomes that count as faults of memory or time, in published software not to be shown.
    pub(crate) is_grave: bool,
    /// Whether somebody did not answer at all, for reasons of the harness.
    pub(crate) is_partial: bool,
}

impl Signature {
    /// What `lines`, one for each member, amount to.
    pub(crate) fn new(seen: &Validation, members: &[Member], lines: &[ResultLine]) -> Signature {
        let views = Views::of(lines);
        let mut did: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (at, line) in lines.iter().enumerate() {
            if let Some(what) = misdeed(seen.verdict, line, &views) {
                did.entry(what).or_default().insert(at);
            }
        }
        let grave = |line: &ResultLine| {
            matches!(line.outcome, Outcome::Crash | Outcome::Hang | Outcome::OutOfMemory)
        };
        Signature {
            verdict: seen.verdict,
            rules: rules(seen),
            wrong: did.into_iter().map(|(what, who)| (what, names(members, &who))).collect(),
            is_grave: lines.iter().any(grave),
            is_partial: lines.iter().any(|line| line.outcome == Outcome::NotRun),
        }
    }

    /// Whether anybody did anything wrong.
    pub(crate) fn is_interesting(&self) -> bool {
        !self.wrong.is_empty() && !self.is_partial
    }

    /// Whether another one is the same disagreement, possibly over fewer rules.
    pub(crate) fn is_kept_by(&self, other: &Signature) -> bool {
        self.verdict == other.verdict
            && self.wrong == other.wrong
            && other.rules.is_subset(&self.rules)
            && !other.is_partial
    }

    /// The disagreement without its rules.
    pub(crate) fn who(&self) -> String {
        let each: Vec<String> =
            self.wrong.iter().map(|(what, who)| format!("{what}: {}", who.join(", "))).collect();
        each.join(" | ")
    }

    /// Twelve hexadecimal digits that stand for it.
    pub(crate) fn id(&self) -> String {
        hex::encode(Sha256::digest(self.to_string()))[..12].to_owned()
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.verdict)?;
        if !self.rules.is_empty() {
            let rules: Vec<&str> = self.rules.iter().map(String::as_str).collect();
            write!(f, " | {}", rules.join(" + "))?;
        }
        write!(f, " | {}", self.who())
    }
}

/// What one did wrong; `None` if nothing.
fn misdeed(verdict: Verdict, line: &ResultLine, views: &Views<'_>) -> Option<String> {
    let detail = || line.detail.as_deref().map_or_else(String::new, plain_words);
    Some(match line.outcome {
        Outcome::FalseAccept => format!("accept {}", views.letter(line)),
        Outcome::Misread => format!("misread ({})", detail()),
        Outcome::Degraded => "degraded".to_owned(),
        Outcome::FalseReject => {
            let error = line.error.as_ref();
            let words = error.map_or_else(String::new, |error| {
                plain_words(&format!("{} {}", error.class, error.message))
            });
            format!("reject ({words})")
        }
        Outcome::Crash => format!("crash ({})", detail()),
        Outcome::Hang => "hang".to_owned(),
        Outcome::OutOfMemory => "out of memory".to_owned(),
        Outcome::ProtocolError => format!("protocol error ({})", detail()),
        // On disputed files readers may do either, but must not see different things.
        Outcome::Same if verdict != Verdict::Valid && line.answer == Some(Answer::Accept) => {
            let letter = views.letter(line);
            return (views.several && letter != "A").then(|| format!("accept {letter}"));
        }
        Outcome::Same | Outcome::Deferred | Outcome::Unsupported | Outcome::NotRun => return None,
    })
}

/// The first words of a message, without what changes from file to file:
/// numbers and what stands in quotes.
fn plain_words(text: &str) -> String {
    let mut plain = String::new();
    let mut quote = None;
    for c in text.chars() {
        match quote {
            Some(end) if c == end => quote = None,
            Some(_) => {}
            None if "\"`'".contains(c) => quote = Some(c),
            None if c.is_ascii_alphabetic() => plain.push(c.to_ascii_lowercase()),
            None => plain.push(' '),
        }
    }
    let words: Vec<&str> = plain.split_whitespace().take(WORDS).collect();
    words.join(" ")
}

/// Views of those who accepted, told apart by letters.
struct Views<'a> {
    letters: BTreeMap<&'a str, String>,
    several: bool,
}

impl<'a> Views<'a> {
    fn of(lines: &'a [ResultLine]) -> Views<'a> {
        let mut letters = BTreeMap::new();
        for line in lines.iter().filter(|line| line.answer == Some(Answer::Accept)) {
            let next = letters.len();
            letters.entry(tensors(line)).or_insert_with(|| letter(next));
        }
        let several = letters.len() > 1;
        Views { letters, several }
    }

    /// The letter of a line's view; `A` where all saw the same.
    fn letter(&self, line: &ResultLine) -> String {
        self.letters.get(tensors(line)).cloned().unwrap_or_else(|| letter(0))
    }
}

/// The part of a view's digest that is about tensors: not everybody reports metadata.
fn tensors(line: &ResultLine) -> &str {
    let view = line.view.as_deref().unwrap_or_default();
    view.split_once('+').map_or(view, |(tensors, _)| tensors)
}

fn letter(number: usize) -> String {
    char::from_u32('A' as u32 + u32::try_from(number).unwrap_or(25).min(25))
        .map_or_else(String::new, String::from)
}

/// Names of those who did something: a lineage's, where all of it did.
fn names(members: &[Member], who: &BTreeSet<usize>) -> Vec<String> {
    let all_of = |lineage: &str| {
        let mut of_it = members.iter().enumerate().filter(|(_, member)| member.lineage == lineage);
        of_it.all(|(at, _)| who.contains(&at))
    };
    let name = |at: &usize| {
        let member = &members[*at];
        if all_of(&member.lineage) { member.lineage.clone() } else { member.id.clone() }
    };
    who.iter().map(name).collect::<BTreeSet<String>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use assay_protocol::ClaimedVerdict;
    use assay_spec::Dialect;
    use assay_validator::validate;

    use super::*;

    fn member(id: &str, lineage: &str) -> Member {
        Member { id: id.to_owned(), lineage: lineage.to_owned(), version: "1".to_owned() }
    }

    fn line(outcome: Outcome, answer: Option<Answer>, view: &str, detail: &str) -> ResultLine {
        ResultLine {
            implementation: String::new(),
            case: String::new(),
            rule: String::new(),
            verdict: ClaimedVerdict::Invalid,
            outcome,
            answer,
            detail: Some(detail.to_owned()),
            error: None,
            view: Some(view.to_owned()),
            stderr: None,
            attempts: 1,
        }
    }

    fn accept(view: &str) -> ResultLine {
        line(Outcome::FalseAccept, Some(Answer::Accept), view, "")
    }

    #[test]
    fn views_are_told_apart_by_equality_and_lineages_count_once() {
        let seen = validate(b"", &Dialect::latest());
        let members =
            [member("a", "one"), member("b", "one"), member("c", "two"), member("d", "three")];
        let right = line(Outcome::Same, Some(Answer::Reject), "", "");
        let lines = [accept("7+m"), accept("7"), accept("5"), right.clone()];
        let signature = Signature::new(&seen, &members, &lines);
        assert_eq!(signature.who(), "accept A: one | accept B: two");
        assert!(signature.is_interesting() && !signature.is_grave);
        let other =
            Signature::new(&seen, &members, &[accept("x"), accept("x"), accept("y"), right]);
        assert_eq!(signature.id(), other.id(), "digests themselves do not matter");
        let half = Signature::new(&seen, &members, &[accept("x"), lines[3].clone()]);
        assert_eq!(half.who(), "accept A: a");
        assert!(!half.is_kept_by(&signature));
    }

    #[test]
    fn messages_lose_what_changes_from_file_to_file() {
        assert_eq!(plain_words("tensor \"a b\": shape is [1,2], not 'x'"), "tensor shape is not");
        assert_eq!(plain_words("KeyError: 17"), "keyerror");
    }

    #[test]
    fn a_death_is_grave_and_a_missing_answer_is_no_signature() {
        let seen = validate(b"", &Dialect::latest());
        let members = [member("a", "one")];
        let of = |outcome, what| Signature::new(&seen, &members, &[line(outcome, None, "", what)]);
        let crash = of(Outcome::Crash, "was killed by signal 11 (SIGSEGV)");
        assert_eq!(crash.who(), "crash (was killed by signal sigsegv): a");
        assert!(crash.is_grave);
        assert!(!of(Outcome::NotRun, "").is_interesting());
    }
}
