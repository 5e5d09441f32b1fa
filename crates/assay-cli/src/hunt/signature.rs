//! Who did what with a file: the signature that tells disagreements apart.
//!
//! For a file that breaks rules, which rules and who took it all the same, in
//! groups that saw the same. For a valid one nothing is broken, so that the
//! kind of the difference and the words of a refusal take the rules' place.
//! What one implementation did wrong is a *deed*.
//! Who was right is not part of it: another implementation on the panel, or
//! one less, leaves the others' signatures as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use assay_protocol::record::{Answer, Outcome, ResultLine};
use assay_spec::Verdict;
use assay_validator::Validation;
use sha2::{Digest as _, Sha256};

use super::asker::{Member, rules};

/// Words of an error message that are kept to tell one from another.
const WORDS: usize = 6;
/// The same of what the harness says of a view: `tensor shape`.
const VIEW_WORDS: usize = 2;

/// A thing that an implementation did wrong: its id, and what.
pub(crate) type Deed = (String, String);

/// A disagreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature {
    /// What the validator says.
    pub(crate) verdict: Verdict,
    /// The rules that are broken.
    pub(crate) rules: BTreeSet<String>,
    /// What was done wrong.
    pub(crate) deeds: BTreeSet<Deed>,
    /// The same in words: what, and who did it.
    words: BTreeMap<String, Vec<String>>,
    /// Outcomes that count as faults of memory or time, in published software not to be shown.
    pub(crate) is_grave: bool,
    /// Whether somebody did not answer at all, for reasons of the harness.
    pub(crate) is_partial: bool,
}

impl Signature {
    /// What `lines`, one for each member, amount to. Views of members that are
    /// `blind` are not compared: they are known to lose a type of the file.
    pub(crate) fn new(
        seen: &Validation,
        members: &[Member],
        lines: &[ResultLine],
        blind: &[bool],
    ) -> Signature {
        let views = Views::of(lines, blind);
        let mut deeds = BTreeSet::new();
        let mut did: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (at, (line, member)) in lines.iter().zip(members).enumerate() {
            let Some(what) = misdeed(seen.verdict, line) else { continue };
            let letter = views.letters[at].as_ref();
            if what != ACCEPT || seen.verdict == Verdict::Invalid {
                deeds.insert((member.id.clone(), what.clone()));
            }
            if letter.is_some_and(|letter| letter != FIRST) {
                deeds.insert((member.id.clone(), "sees otherwise".to_owned()));
            }
            let what = match letter {
                Some(letter) if what == ACCEPT => format!("{what} {letter}"),
                _ => what,
            };
            did.entry(what).or_default().insert(at);
        }
        let grave = |line: &ResultLine| {
            matches!(line.outcome, Outcome::Crash | Outcome::Hang | Outcome::OutOfMemory)
        };
        Signature {
            verdict: seen.verdict,
            rules: rules(seen),
            deeds,
            words: did.into_iter().map(|(what, who)| (what, names(members, &who))).collect(),
            is_grave: lines.iter().any(grave),
            is_partial: lines.iter().any(|line| line.outcome == Outcome::NotRun),
        }
    }

    /// Whether anybody did anything wrong.
    pub(crate) fn is_interesting(&self) -> bool {
        !self.deeds.is_empty() && !self.is_partial
    }

    /// Whether another one is of the same verdict, over the same rules or fewer,
    /// and these deeds are among its own.
    pub(crate) fn keeps(&self, deeds: &BTreeSet<Deed>, other: &Signature) -> bool {
        self.verdict == other.verdict
            && deeds.is_subset(&other.deeds)
            && other.rules.is_subset(&self.rules)
            && !other.is_partial
    }

    /// The disagreement without its rules.
    pub(crate) fn who(&self) -> String {
        let each: Vec<String> =
            self.words.iter().map(|(what, who)| format!("{what}: {}", who.join(", "))).collect();
        each.join(" | ")
    }

    /// Twelve hexadecimal digits that stand for it.
    pub(crate) fn id(&self) -> String {
        self.id_of(&self.deeds)
    }

    /// Twelve hexadecimal digits that stand for it with some of its deeds only.
    pub(crate) fn id_of(&self, deeds: &BTreeSet<Deed>) -> String {
        let text = format!("{} {:?} {deeds:?}", self.verdict, self.rules);
        hex::encode(Sha256::digest(text))[..12].to_owned()
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

/// Taken, of files that readers should or may refuse.
const ACCEPT: &str = "accept";
/// The letter of the view that the first to accept saw.
const FIRST: &str = "A";

/// What one did wrong, or did where readers may do either; `None` if nothing.
fn misdeed(verdict: Verdict, line: &ResultLine) -> Option<String> {
    let detail = |words| line.detail.as_deref().map_or_else(String::new, |t| plain_words(t, words));
    Some(match line.outcome {
        Outcome::FalseAccept => ACCEPT.to_owned(),
        Outcome::Misread => format!("misread ({})", detail(VIEW_WORDS)),
        // On disputed files a lost type says nothing about what is disputed.
        Outcome::Degraded if verdict == Verdict::Valid => "degraded".to_owned(),
        Outcome::FalseReject => {
            let error = line.error.as_ref();
            let words = error.map_or_else(String::new, |error| {
                plain_words(&format!("{} {}", error.class, error.message), WORDS)
            });
            format!("reject ({words})")
        }
        Outcome::Crash => format!("crash ({})", detail(WORDS)),
        Outcome::Hang => "hang".to_owned(),
        Outcome::OutOfMemory => "out of memory".to_owned(),
        Outcome::ProtocolError => format!("protocol error ({})", detail(WORDS)),
        Outcome::Degraded
        | Outcome::Same
        | Outcome::Deferred
        | Outcome::Unsupported
        | Outcome::NotRun => return None,
    })
}

/// The first words of a message, without what changes from file to file:
/// numbers and what stands in quotes.
fn plain_words(text: &str, most: usize) -> String {
    let mut plain = String::new();
    let mut quote = None;
    let mut escaped = false;
    for c in text.chars() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(end) if c == end => quote = None,
            Some(_) => {}
            None if "\"`'".contains(c) => quote = Some(c),
            None if c.is_ascii_alphabetic() => plain.push(c.to_ascii_lowercase()),
            None => plain.push(' '),
        }
    }
    // What is left of names is single letters.
    let words = plain.split_whitespace().filter(|word| word.len() > 1);
    let words: Vec<&str> = words.take(most).collect();
    words.join(" ")
}

/// Views of those who accepted, told apart by letters.
struct Views {
    /// For each line; `None` if its view is not compared, or all are the same.
    letters: Vec<Option<String>>,
}

impl Views {
    fn of(lines: &[ResultLine], blind: &[bool]) -> Views {
        let mut all: BTreeMap<&str, String> = BTreeMap::new();
        let is_view = |at: usize, line: &ResultLine| {
            // Of a header there is no view to compare.
            let is_seen = line.answer == Some(Answer::Accept) && line.view.is_some();
            is_seen && !blind.get(at).is_some_and(|blind| *blind)
        };
        for (_, line) in lines.iter().enumerate().filter(|(at, line)| is_view(*at, line)) {
            let next = all.len();
            all.entry(tensors(line)).or_insert_with(|| letter(next));
        }
        let of = |(at, line)| {
            let letter = all.get(tensors(line)).filter(|_| is_view(at, line));
            letter.filter(|_| all.len() > 1).cloned()
        };
        Views { letters: lines.iter().enumerate().map(of).collect() }
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

/// Names of those who did something: a lineage's, where all of its several
/// implementations did.
fn names(members: &[Member], who: &BTreeSet<usize>) -> Vec<String> {
    let name = |at: &usize| {
        let lineage = &members[*at].lineage;
        let mut of_it = members.iter().enumerate().filter(|(_, one)| one.lineage == *lineage);
        let several = of_it.clone().count() > 1;
        if several && of_it.all(|(at, _)| who.contains(&at)) {
            format!("all of {lineage}")
        } else {
            members[*at].id.clone()
        }
    };
    who.iter().map(name).collect::<BTreeSet<String>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use assay_protocol::{ClaimedVerdict, Operation};
    use assay_spec::Dialect;
    use assay_validator::validate;

    use super::*;

    fn member(id: &str, lineage: &str) -> Member {
        Member { id: id.to_owned(), lineage: lineage.to_owned(), version: "1".to_owned() }
    }

    fn line(outcome: Outcome, answer: Option<Answer>, view: &str, detail: &str) -> ResultLine {
        ResultLine {
            implementation: String::new(),
            operation: Operation::Read,
            case: String::new(),
            rule: String::new(),
            verdict: ClaimedVerdict::Invalid,
            outcome,
            answer,
            detail: Some(detail.to_owned()),
            error: None,
            view: Some(view.to_owned()),
            delivered: None,
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
        let of = |lines: &[ResultLine]| Signature::new(&seen, &members, lines, &[false; 4]);
        let signature = of(&lines);
        assert_eq!(signature.who(), "accept A: all of one | accept B: c");
        assert!(signature.is_interesting() && !signature.is_grave);
        let other = of(&[accept("x"), accept("x"), accept("y"), right.clone()]);
        assert_eq!(signature.id(), other.id(), "digests themselves do not matter");
        let half = of(&[accept("x"), right.clone(), right.clone(), right.clone()]);
        assert_eq!(half.who(), "accept: a");
        assert!(signature.keeps(&half.deeds, &other) && !signature.keeps(&other.deeds, &half));
        let blind = Signature::new(&seen, &members, &lines, &[false, false, true, false]);
        assert_eq!(blind.who(), "accept: all of one, c");
    }

    #[test]
    fn messages_lose_what_changes_from_file_to_file() {
        let shape = r#"tensor "a \"b": shape is [1,2], not 'x'"#;
        assert_eq!(plain_words(shape, 9), "tensor shape is not");
        assert_eq!(plain_words(shape, VIEW_WORDS), "tensor shape");
        assert_eq!(plain_words("KeyError: 17", WORDS), "keyerror");
    }

    #[test]
    fn a_death_is_grave_and_a_missing_answer_is_no_signature() {
        let seen = validate(b"", &Dialect::latest());
        let members = [member("a", "one")];
        let of =
            |outcome, what| Signature::new(&seen, &members, &[line(outcome, None, "", what)], &[]);
        let crash = of(Outcome::Crash, "was killed by signal 11 (SIGSEGV)");
        assert_eq!(crash.who(), "crash (was killed by signal sigsegv): a");
        assert!(crash.is_grave);
        assert!(!of(Outcome::NotRun, "").is_interesting());
    }
}
