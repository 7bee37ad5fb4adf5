//! Burn's older format (`.mpk`, of `NamedMpkFileRecorder` up to Burn 0.20): MessagePack of the module's fields by name,
//! each parameter a shape and its numbers. It is read as values and nothing else.
//!
//! Must not know: what network the tensors make.

use super::archive::{Archive, Budget, Entry, Layout};
use super::number::{Kind, elements};
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

/// Whether a file begins as such: a map of a few, the first called "metadata".
pub fn begins(head: &[u8]) -> bool {
    matches!(head.first(), Some(0x82..=0x84)) && head[1..].starts_with(b"\xa8metadata")
}

/// How deep values may lie in each other.
const DEPTH: usize = 64;
/// Memory that one value takes while it is sorted.
const EACH: u64 = 56;

/// A value of MessagePack.
#[derive(Debug)]
enum Value<'a> {
    Nothing,
    Whole(u64),
    Number(f32),
    Text(&'a str),
    Bytes(&'a [u8]),
    List(Vec<Value<'a>>),
    Map(Vec<(&'a str, Value<'a>)>),
}

/// Reads a value, and lets the budget pay for it.
struct Paid<'b>(&'b mut Budget);

impl<'de> DeserializeSeed<'de> for Paid<'_> {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Value<'de>, D::Error> {
        self.0.take(EACH, "its values").map_err(D::Error::custom)?;
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Paid<'_> {
    type Value = Value<'de>;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a value that Burn writes")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Nothing)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Value<'de>, E> {
        Ok(Value::Whole(u64::from(b)))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Value<'de>, E> {
        Ok(Value::Whole(n))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Value<'de>, E> {
        Ok(u64::try_from(n).map_or(Value::Number(n as f32), Value::Whole))
    }

    fn visit_f32<E>(self, x: f32) -> Result<Value<'de>, E> {
        Ok(Value::Number(x))
    }

    fn visit_f64<E>(self, x: f64) -> Result<Value<'de>, E> {
        Ok(Value::Number(x as f32))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(text))
    }

    fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Value<'de>, E> {
        Ok(Value::Bytes(bytes))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        let mut out = Vec::new();
        while let Some(item) = items.next_element_seed(Paid(self.0))? {
            out.push(item);
        }
        Ok(Value::List(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value<'de>, A::Error> {
        let mut out = Vec::new();
        while let Some(key) = fields.next_key()? {
            out.push((key, fields.next_value_seed(Paid(self.0))?));
        }
        Ok(Value::Map(out))
    }
}

fn cut() -> String {
    "is a damaged or truncated Burn file; get it again".into()
}

/// Reads a whole file's bytes.
pub fn read(bytes: &[u8], budget: &mut Budget) -> Result<Archive, String> {
    let mut input = rmp_serde::Deserializer::from_read_ref(bytes);
    input.set_max_depth(DEPTH);
    let root = Paid(budget)
        .deserialize(&mut input)
        .map_err(|e| format!("is a damaged or truncated Burn file ({e}); get it again"))?;
    let Value::Map(parts) = root else { return Err(cut()) };
    let item = parts.iter().find(|(key, _)| *key == "item").ok_or_else(cut)?;
    let mut tensors = Vec::new();
    gather(&item.1, &mut Vec::new(), &mut tensors, budget)?;
    Ok(Archive {
        format: "Burn .mpk",
        layout: Layout::Burn,
        ordered: true,
        part: String::new(),
        card: None,
        tensors,
        hints: Default::default(),
        objects: Default::default(),
    })
}

/// Finds the tensors below a value; `path`: the fields that lead to it.
fn gather(
    value: &Value<'_>,
    path: &mut Vec<String>,
    out: &mut Vec<Entry>,
    budget: &mut Budget,
) -> Result<(), String> {
    match value {
        Value::List(items) => {
            for (i, item) in items.iter().enumerate() {
                path.push(i.to_string());
                gather(item, path, out, budget)?;
                path.pop();
            }
        }
        Value::Map(fields) => {
            let field = |name: &str| fields.iter().find(|(k, _)| *k == name).map(|(_, v)| v);
            if let (Some(shape), Some(data)) = (field("shape"), field("bytes").or(field("value"))) {
                out.push(tensor(path.join("."), shape, data, field("dtype"), budget)?);
                return Ok(());
            }
            // A parameter's own wrapper says nothing of its name.
            if let (Some(_), Some(inner)) = (field("id"), field("param")) {
                return gather(inner, path, out, budget);
            }
            for (key, inner) in fields {
                path.push((*key).to_owned());
                gather(inner, path, out, budget)?;
                path.pop();
            }
        }
        _ => {}
    }
    Ok(())
}

fn tensor(
    name: String,
    shape: &Value<'_>,
    data: &Value<'_>,
    dtype: Option<&Value<'_>>,
    budget: &mut Budget,
) -> Result<Entry, String> {
    let Value::List(dims) = shape else { return Err(cut()) };
    let dim = |d: &Value<'_>| if let Value::Whole(n) = d { usize::try_from(*n).ok() } else { None };
    let shape: Vec<usize> = dims.iter().map(dim).collect::<Option<_>>().ok_or_else(cut)?;
    let count = budget.tensor(&shape, &name)?;
    let kind = match dtype {
        None => Kind::F32,
        Some(Value::Text(word)) => kind(word)
            .ok_or_else(|| format!("has tensor {name} of type {word}, which zscope does not read"))?,
        Some(_) => return Err(format!("has tensor {name} of a quantised type, which zscope does not read")),
    };
    let one = |v: &Value<'_>| match v {
        Value::Number(x) => Some(*x),
        Value::Whole(n) => Some(*n as f32),
        _ => None,
    };
    let values: Option<Vec<f32>> = match data {
        Value::Bytes(bytes) => Some(kind.all(bytes)),
        // Before Burn 0.14 numbers stood as such; where `bytes` is a list, each is one byte.
        Value::List(items) if dtype.is_none() => items.iter().map(one).collect(),
        Value::List(items) => {
            let byte = |v: &Value<'_>| if let Value::Whole(n) = v { u8::try_from(*n).ok() } else { None };
            items.iter().map(byte).collect::<Option<Vec<u8>>>().map(|bytes| kind.all(&bytes))
        }
        _ => None,
    };
    match values {
        Some(values) if values.len() == count && elements(&shape).is_some() => {
            Ok(Entry { name, shape, kind, values })
        }
        _ => Err(format!("is damaged: tensor {name} of shape {shape:?} has not as many numbers")),
    }
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "F64" => Kind::F64,
        "F32" | "Flex32" => Kind::F32,
        "F16" => Kind::F16,
        "BF16" => Kind::Bf16,
        "I64" => Kind::Int(8),
        "I32" => Kind::Int(4),
        "I16" => Kind::Int(2),
        "I8" => Kind::Int(1),
        "U64" => Kind::Uint(8),
        "U32" => Kind::Uint(4),
        "U16" => Kind::Uint(2),
        "U8" | "Bool" => Kind::Uint(1),
        _ => return None,
    })
}
