//! Puts a planned file together.

use super::fault::{Fault, Kind};
use super::plan::{ORDERS, Plan, Planned};
use super::spelling::Spelling;
use crate::draft::PREFIX_BYTES;

/// The fields of an entry, as [`Spelling::keys`] and [`ORDERS`] number them.
const DTYPE: usize = 0;
pub(super) const SHAPE: usize = 1;
pub(super) const OFFSETS: usize = 2;

/// Appends the file, with a fault if there is one.
pub(super) fn file(plan: &Plan, spelling: &Spelling, fault: Option<&Fault<'_>>, out: &mut Vec<u8>) {
    let start = out.len();
    let data = start + PREFIX_BYTES as usize;
    out.extend_from_slice(&[0; PREFIX_BYTES as usize]);
    Writer { plan, spelling, fault, out }.header();
    let header = (out.len() - data) as u64;
    let padding = spelling.padding;
    if let Some(byte) = padding.byte() {
        out.resize(out.len() + padding.count(header) as usize, byte);
    }
    let mut n = (out.len() - data) as u64;
    contents(plan, spelling, out);
    match fault {
        Some(Fault { kind: Kind::Tail, amount, .. }) => {
            out.extend_from_slice(&amount.to_le_bytes()[..1 + (amount % 8) as usize]);
        }
        Some(Fault { kind: Kind::Overrun, amount, .. }) => {
            out.truncate(out.len() - *amount as usize);
        }
        Some(Fault { kind: Kind::Declared(bound), amount, .. }) => {
            n = bound.outside((out.len() - start) as u64, *amount);
        }
        _ => {}
    }
    out[start..data].copy_from_slice(&n.to_le_bytes());
}

fn contents(plan: &Plan, spelling: &Spelling, out: &mut Vec<u8>) {
    let at = out.len();
    let len = plan.buffer as usize;
    out.extend_from_slice(&spelling.noise[plan.noise..plan.noise + len]);
    let first = len.min(plan.first.len());
    out[at..at + first].copy_from_slice(&plan.first[..first]);
}

struct Writer<'a> {
    plan: &'a Plan,
    spelling: &'a Spelling,
    fault: Option<&'a Fault<'a>>,
    out: &'a mut Vec<u8>,
}

impl Writer<'_> {
    /// Most pieces are one byte long, which is cheaper to push than to copy.
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        match bytes {
            [byte] => self.out.push(*byte),
            _ => self.out.extend_from_slice(bytes),
        }
    }

    #[inline]
    fn number(&mut self, number: u64) {
        if number < 10 {
            return self.out.push(b'0' + number as u8);
        }
        let mut buffer = itoa::Buffer::new();
        self.put(buffer.format(number).as_bytes());
    }

    /// The fault's kind, if it concerns this tensor or none.
    fn kind(&self, tensor: usize) -> Option<Kind> {
        self.fault.filter(|fault| fault.victim == tensor).map(|fault| fault.kind)
    }

    fn wrong(&mut self) {
        if let Some(fault) = self.fault {
            self.put(fault.text);
        }
    }

    fn header(&mut self) {
        let fault = self.fault.map(|fault| fault.kind);
        let level = &self.spelling.levels[0];
        if matches!(fault, Some(Kind::Leading)) {
            self.wrong();
        }
        self.put(&self.spelling.leading);
        let metadata = match fault {
            Some(Kind::Metadata) => Some((None, 0)),
            _ => self.plan.metadata.map(|(which, before)| (Some(which), before)),
        };
        let mut members = 0;
        for turn in 0..=self.plan.order.len() {
            if let Some((which, before)) = metadata
                && before == turn
            {
                self.put(if members == 0 { &level.open } else { &level.comma });
                members += 1;
                self.put(&self.spelling.metadata_key);
                match which {
                    Some(which) => self.put(&self.spelling.metadata[which]),
                    None => self.wrong(),
                }
            }
            if let Some(at) = self.plan.order.get(turn) {
                self.put(if members == 0 { &level.open } else { &level.comma });
                members += 1;
                self.member(*at);
            }
        }
        if matches!(fault, Some(Kind::Grammar)) {
            // A comma too many.
            self.put(if members == 0 { &level.open } else { b"" });
            self.put(b",");
            self.put(&level.close);
        } else {
            self.put(if members == 0 { &level.empty } else { &level.close });
        }
        if matches!(fault, Some(Kind::Trailing)) {
            self.wrong();
        }
    }

    /// A tensor's name and entry.
    fn member(&mut self, at: usize) {
        let kind = self.kind(at);
        let plan = self.plan;
        let tensor = &plan.tensors[at];
        let named = match kind {
            // The name of another; a victim is never alone.
            Some(Kind::NameTwice) => &plan.tensors[(at + 1) % plan.tensors.len()],
            _ => tensor,
        };
        self.name(named, kind);
        self.put(&self.spelling.colon);
        if let Some(Kind::EntryType) = kind {
            return self.wrong();
        }
        let (level, mut fields) = (&self.spelling.levels[1], 0);
        let left_out = match kind {
            Some(Kind::FieldMissing) => self.fault.map(|fault| (fault.amount % 3) as usize),
            _ => None,
        };
        for field in ORDERS[tensor.fields] {
            if left_out != Some(field) {
                self.put(if fields == 0 { &level.open } else { &level.comma });
                fields += 1;
                self.field(at, field, kind);
            }
        }
        if let Some(Kind::FieldTwice) = kind {
            let field = self.fault.map_or(0, |fault| (fault.amount % 3) as usize);
            self.put(&level.comma);
            self.field(at, field, None);
        }
        if let Some(Kind::Extra) = kind {
            self.put(&level.comma);
            self.put(&self.spelling.unknown_key);
            self.wrong();
        } else if let Some(extra) = tensor.extra {
            self.put(&level.comma);
            self.put(&self.spelling.extras[extra]);
        }
        self.put(&level.close);
    }

    fn name(&mut self, tensor: &Planned, kind: Option<Kind>) {
        let name = &self.spelling.names[tensor.name];
        if let Some(Kind::Text) = kind {
            let (quotation_mark, rest) = name.split_at(1);
            self.put(quotation_mark);
            self.wrong();
            self.put(rest);
        } else {
            self.put(name);
        }
        if let Some(number) = tensor.number {
            self.put(b".");
            self.number(number);
        }
        self.put(b"\"");
    }

    fn field(&mut self, at: usize, field: usize, kind: Option<Kind>) {
        let tensor = &self.plan.tensors[at];
        self.put(&self.spelling.keys[field]);
        match (kind, field) {
            (Some(Kind::FieldType(wrong)), _) if wrong == field => self.wrong(),
            (Some(Kind::UnknownDtype), DTYPE) => self.wrong(),
            (_, DTYPE) => self.put(&self.spelling.dtypes[tensor.dtype]),
            (_, SHAPE) => {
                let shape = &self.plan.dimensions[tensor.shape.clone()];
                self.array(shape, kind.filter(|kind| kind.concerns(SHAPE)));
            }
            _ => {
                let (begin, end) = (tensor.begin, tensor.end);
                let kind = kind.filter(|kind| kind.concerns(OFFSETS));
                match kind {
                    Some(Kind::Swapped) => self.array(&[end, begin], None),
                    Some(Kind::Length) => {
                        let one = self.fault.is_some_and(|fault| fault.amount & 1 == 0);
                        let offsets = [begin, end, end];
                        self.array(&offsets[..if one { 1 } else { 3 }], None);
                    }
                    _ => self.array(&[begin, end], kind),
                }
            }
        }
    }

    /// An array of integers; a fault concerns the first.
    fn array(&mut self, numbers: &[u64], kind: Option<Kind>) {
        let level = &self.spelling.levels[2];
        if numbers.is_empty() {
            return self.put(&level.empty);
        }
        for (at, number) in numbers.iter().enumerate() {
            self.put(if at == 0 { &level.open } else { &level.comma });
            match kind {
                Some(Kind::Element(_)) if at == 0 => self.wrong(),
                Some(Kind::WrongSize) if at == 0 => {
                    let more = self.fault.map_or(0, |fault| fault.amount);
                    self.number(number.saturating_add(more));
                }
                Some(Kind::NotPlain) if at == 0 => {
                    self.number(*number);
                    self.wrong();
                }
                _ => self.number(*number),
            }
        }
        self.put(&level.close);
    }
}
