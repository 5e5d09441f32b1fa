//! Strings that readers get wrong: as names of tensors, as metadata.

/// Slug, what is special, the string.
pub(crate) type Telling = (&'static str, &'static str, &'static str);

/// Names that a correct reader keeps exactly as they are.
pub(crate) const TELLING: &[Telling] = &[
    ("empty", "the empty string", ""),
    ("space", "one space", " "),
    ("white-space-around", "white space at both ends", " \tname\n "),
    ("nul", "U+0000", "\0"),
    ("nul-inside", "U+0000 between letters", "before\0after"),
    ("quotation-mark", "a quotation mark", "say \"so\""),
    ("backslash", "backslashes", "C:\\new\\table"),
    ("looks-escaped", "characters that look like an escape", "\\u0061"),
    ("control-characters", "control characters that JSON escapes", "\u{1}\u{8}\t\n\u{c}\r\u{1f}"),
    ("delete", "U+007F, which JSON does not escape", "\u{7f}"),
    ("slash", "a slash", "model/layer/weight"),
    ("absolute-path", "an absolute path", "/tmp/tensor"),
    ("parent-path", "a path to a parent folder", "../../tensor"),
    ("dot", "one dot", "."),
    ("dots", "two dots", ".."),
    ("dotted", "dots between words", "model.layers.0.weight"),
    ("number", "a number", "0"),
    ("format-directive", "a format directive", "%s%n{}{0}"),
    ("prototype", "a property that every JavaScript object has", "__proto__"),
    ("constructor", "another property of JavaScript objects", "constructor"),
    ("accent-composed", "a composed accent", "caf\u{e9}"),
    ("accent-combining", "a combining accent", "cafe\u{301}"),
    ("cyrillic", "Cyrillic letters that look Latin", "\u{430}\u{435}"),
    ("chinese", "Chinese characters", "\u{5f20}\u{91cf}"),
    ("right-to-left", "an override of the writing direction", "\u{202e}thgiew"),
    ("line-separator", "U+2028, a line end in old JavaScript", "a\u{2028}b"),
    ("no-break-space", "a no-break space", "a\u{a0}b"),
    ("zero-width", "a zero-width space", "a\u{200b}b"),
    ("byte-order-mark", "U+FEFF at the start", "\u{feff}a"),
    ("noncharacter", "U+FFFF", "\u{ffff}"),
    ("replacement-character", "U+FFFD itself", "\u{fffd}"),
    ("emoji", "a character above U+FFFF", "\u{1f600}"),
    ("last-character", "U+10FFFF", "\u{10ffff}"),
    ("private-use", "a private-use character", "\u{e000}"),
];

/// Words for files whose names do not matter.
pub(crate) const WORDS: &[&str] =
    &["weight", "bias", "norm", "embed", "head", "query", "key", "value", "gate", "scale"];

/// Names that are nearly the same as another of these.
pub(crate) const NEAR: &[&str] = &[
    "name",
    "Name",
    "NAME",
    "name ",
    " name",
    "name\0",
    "name\0a",
    "name\0b",
    "name.",
    "name.0",
    "caf\u{e9}",
    "cafe\u{301}",
    "\u{fb01}",
    "fi",
    "\u{212b}",
    "\u{c5}",
    "a",
    "\\u0061",
    "\u{430}",
];
