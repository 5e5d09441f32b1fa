//! The gallery's reader: one entry of the header.

use assay_spec::{Dtype, DtypeClass, KeyRole};

use super::fault::Fault;
use super::header::{Members, Repeated, unique};
use super::integers::integer;
use super::json::{Text, Value};
use super::reader::{Reader, Step, refuse};

/// A tensor as its entry declares it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: Vec<u8>,
    pub(crate) dtype: String,
    pub(crate) bits: u64,
    /// Whether the size of an element is known; without a fault it always is.
    pub(crate) is_sized: bool,
    /// Absent where a fault lets it be worked out from the range.
    pub(crate) shape: Option<Vec<u64>>,
    /// Absent where a fault lets it be worked out from the entries before.
    pub(crate) begin: Option<u64>,
    /// Absent where a fault lets it be worked out.
    pub(crate) end: Option<u64>,
}

/// Reads an entry; `None` if a fault skips it.
pub(crate) fn entry(reader: &Reader<'_>, name: Vec<u8>, value: Value) -> Step<Option<Entry>> {
    let Some(Fields { dtype, shape, offsets }) = fields(reader, value)? else { return Ok(None) };
    let Some((dtype, bits, is_sized)) = read_dtype(reader, dtype.as_ref())? else {
        return Ok(None);
    };
    let shape = match shape {
        Some(shape) => Some(read_shape(reader, &shape)?),
        None if reader.has(Fault::ShapeComputed) => None,
        None => return refuse("no shape"),
    };
    let (begin, end) = match offsets {
        Some(offsets) => read_offsets(reader, &offsets)?,
        None if reader.has(Fault::OffsetsComputed) => (None, None),
        None => return refuse("no data_offsets"),
    };
    Ok(Some(Entry { name, dtype, bits, is_sized, shape, begin, end }))
}

struct Fields {
    dtype: Option<Value>,
    shape: Option<Value>,
    offsets: Option<Value>,
}

fn fields(reader: &Reader<'_>, value: Value) -> Step<Option<Fields>> {
    let roles = [KeyRole::Dtype, KeyRole::Shape, KeyRole::DataOffsets];
    let keys = roles.map(|role| reader.dialect.key(role).as_bytes());
    let members = match value {
        Value::Object(members) => members,
        Value::Array(parts) if reader.has(Fault::EntryAsArray) && parts.len() == keys.len() => {
            let [dtype, shape, offsets] = <[Value; 3]>::try_from(parts).expect("three parts");
            return Ok(Some(Fields {
                dtype: Some(dtype),
                shape: Some(shape),
                offsets: Some(offsets),
            }));
        }
        _ if reader.has(Fault::EntryOthersSkipped) => return Ok(None),
        _ => return refuse("an entry is no object"),
    };
    let members = unique_fields(reader, members, &keys)?;
    if reader.has(Fault::FieldsInFixedOrder) {
        let mut values = members.into_iter().map(|(_, value)| value);
        let (dtype, shape, offsets) = (values.next(), values.next(), values.next());
        return Ok(Some(Fields { dtype, shape, offsets }));
    }
    let members = if reader.has(Fault::FieldsFoundNested) { flat(members) } else { members };
    let find = |key: &[u8]| {
        let found = members.iter().find(|(name, _)| match () {
            () if reader.has(Fault::FieldsComparedRaw) => name.raw == key,
            () if reader.has(Fault::FieldsFoldCase) => name.value.eq_ignore_ascii_case(key),
            () => name.value == key,
        });
        found.map(|(_, value)| value.clone())
    };
    let [dtype, shape, offsets] = keys.map(find);
    Ok(Some(Fields { dtype, shape, offsets }))
}

fn unique_fields(reader: &Reader<'_>, members: Members, keys: &[&[u8]]) -> Step<Members> {
    let is_known = |name: &Text| keys.contains(&name.value.as_slice());
    for (name, value) in &members {
        if is_known(name) {
            continue;
        }
        if reader.has(Fault::UnknownFieldsRefused) {
            return refuse("an unknown field");
        }
        if let Value::Number(text) = value
            && reader.has(Fault::IgnoredIntegersBounded)
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && text.parse::<u64>().is_err()
        {
            return refuse("an integer that does not fit");
        }
        if !reader.has(Fault::NestedKeysTwice) {
            check_nested(value)?;
        }
    }
    let repeated = match () {
        () if reader.has(Fault::FieldsFirstWins) => Repeated::First,
        () if reader.has(Fault::FieldsLastWins) => Repeated::Last,
        () => Repeated::Refused,
    };
    unique(members, repeated, |name| {
        let counts = is_known(name) || !reader.has(Fault::UnknownFieldsTwice);
        counts.then(|| name.value.clone())
    })
}

/// No object within an ignored value has a key twice.
fn check_nested(value: &Value) -> Step<()> {
    match value {
        Value::Array(elements) => elements.iter().try_for_each(check_nested),
        Value::Object(members) => {
            unique(members.clone(), Repeated::Refused, |key| Some(key.value.clone()))?;
            members.iter().try_for_each(|(_, value)| check_nested(value))
        }
        _ => Ok(()),
    }
}

/// All members, those of nested objects in their place, as a search for text finds them.
fn flat(members: Members) -> Members {
    let mut all = Members::new();
    for (name, value) in members {
        if let Value::Object(nested) = &value {
            all.extend(flat(nested.clone()));
        }
        all.push((name, value));
    }
    all
}

/// Name, bits of an element, and whether they are known; `None` if a fault skips the tensor.
fn read_dtype(reader: &Reader<'_>, value: Option<&Value>) -> Step<Option<(String, u64, bool)>> {
    let has = |fault| reader.has(fault);
    let dtypes = reader.dialect.dtypes();
    let is_byte = |dtype: &&Dtype| dtype.class == DtypeClass::Uint && dtype.bits == 8;
    let byte = dtypes.iter().find(is_byte).expect("there are bytes");
    let text = match value {
        Some(Value::String(text)) => text,
        Some(Value::Object(one)) if has(Fault::DtypeAsMap) && one.len() == 1 => &one[0].0,
        Some(_) if has(Fault::DtypeOthersAsBytes) => {
            return Ok(Some((byte.name.clone(), byte.bits, false)));
        }
        None if has(Fault::DtypeDefaulted) => {
            return Ok(Some((byte.name.clone(), byte.bits, true)));
        }
        _ => return refuse("no dtype"),
    };
    let raw = has(Fault::DtypeComparedRaw);
    let name = String::from_utf8_lossy(if raw { &text.raw } else { &text.value }).into_owned();
    let name = spelled(reader, name);
    let known = dtypes.iter().find(|dtype| match () {
        () if has(Fault::DtypeFoldCase) => dtype.name.eq_ignore_ascii_case(&name),
        () if has(Fault::DtypeByLikeness) => name.starts_with(&dtype.name),
        () => dtype.name == name,
    });
    let like = || dtypes.iter().find(|dtype| name.starts_with(&dtype.name));
    let known = known.or_else(|| like().filter(|_| has(Fault::DtypeByPrefix)));
    if let Some(dtype) = known {
        let first = &reader.dialect.spec().tables.editions[0].name;
        if has(Fault::OldDtypesOnly) && dtype.since != *first {
            return refuse("a dtype that the reader does not know");
        }
        return Ok(Some((dtype.name.clone(), dtype.bits, true)));
    }
    match () {
        () if has(Fault::UnknownDtypeFourBytes) => Ok(Some((name, 32, true))),
        () if has(Fault::UnknownDtypeOneByte) => Ok(Some((name, 8, true))),
        () if has(Fault::UnknownDtypeBySize) => Ok(Some((name, 8, false))),
        () if has(Fault::UnknownDtypeSkipped) => Ok(None),
        () => refuse("an unknown dtype"),
    }
}

fn spelled(reader: &Reader<'_>, name: String) -> String {
    match () {
        () if reader.has(Fault::DtypeTrimmed) => name.trim().to_owned(),
        () if reader.has(Fault::DtypeEndsAtNul) => {
            name.split('\0').next().unwrap_or_default().to_owned()
        }
        () if reader.has(Fault::DtypeAliases) => match name.as_str() {
            "float32" | "FP32" | "float" => "F32".to_owned(),
            "float16" | "FP16" | "half" => "F16".to_owned(),
            "uint8" => "U8".to_owned(),
            "bool" => "BOOL".to_owned(),
            _ => name,
        },
        () => name,
    }
}

fn read_shape(reader: &Reader<'_>, value: &Value) -> Step<Vec<u64>> {
    let dimensions = match value {
        Value::Array(dimensions) => dimensions.as_slice(),
        Value::Null if reader.has(Fault::ShapeNullIsScalar) => &[],
        Value::Number(_) if reader.has(Fault::ShapeNumberIsVector) => std::slice::from_ref(value),
        _ => return refuse("shape is no array"),
    };
    let dimension = |value: &Value| match value {
        Value::Number(text) => integer(reader, text),
        Value::String(text) if reader.has(Fault::NumeralsAsText) => as_text(reader, text),
        Value::Boolean(truth) if reader.has(Fault::BooleansAreIntegers) => Ok(u64::from(*truth)),
        Value::Null if reader.has(Fault::NullIsZero) => Ok(0),
        _ => refuse("a dimension is no number"),
    };
    let narrowed = |dimension: u64| match () {
        () if reader.has(Fault::DimensionsInU32) => u64::from(dimension as u32),
        () if reader.has(Fault::DimensionsInI32) => i64::from(dimension as i32).cast_unsigned(),
        () => dimension,
    };
    dimensions.iter().map(|value| dimension(value).map(narrowed)).collect()
}

fn read_offsets(reader: &Reader<'_>, value: &Value) -> Step<(Option<u64>, Option<u64>)> {
    let offset = |value: &Value| match value {
        Value::Number(text) => integer(reader, text),
        Value::String(text) if reader.has(Fault::OffsetNumeralsAsText) => as_text(reader, text),
        Value::Null if reader.has(Fault::OffsetNullIsZero) => Ok(0),
        _ => refuse("an offset is no number"),
    };
    let offsets: Vec<&Value> = match value {
        Value::Array(offsets) => offsets.iter().collect(),
        Value::Object(members) if reader.has(Fault::OffsetsAsObject) => {
            members.iter().map(|(_, value)| value).collect()
        }
        _ => return refuse("data_offsets is no array"),
    };
    match offsets.as_slice() {
        [begin, end] => Ok((Some(offset(begin)?), Some(offset(end)?))),
        [begin, end, ..] if reader.has(Fault::OffsetsLonger) => {
            Ok((Some(offset(begin)?), Some(offset(end)?)))
        }
        [begin] if reader.has(Fault::OffsetsShorter) => Ok((Some(offset(begin)?), None)),
        _ => refuse("data_offsets is no pair"),
    }
}

fn as_text(reader: &Reader<'_>, text: &Text) -> Step<u64> {
    integer(reader, &String::from_utf8_lossy(&text.value))
}
