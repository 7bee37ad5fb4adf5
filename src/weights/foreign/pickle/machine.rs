//! The instructions of pickle, protocols 0 to 5 (PEP 3154, PEP 574; the names are those of Python's pickletools).
//!
//! Must not know: what the objects are for.

use super::calls::call;
use super::value::{Id, Known, Node, Nodes, class};
use crate::weights::foreign::archive::Budget;
use std::collections::HashMap;
use std::io::Read;

/// Longest run of memory that one value is given before it is there.
const CHUNK: u64 = 1 << 16;
/// Bytes that a node takes besides what it holds.
const NODE: u64 = 96;

/// Reads one pickle from where `input` stands to its end mark. All values go into `nodes`; the answer is the root.
/// `budget` bounds the memory. The sentence starts where the file's name ends.
pub fn read(input: &mut impl Read, nodes: &mut Nodes, budget: &mut Budget) -> Result<Id, String> {
    let mut machine =
        Machine { input, nodes, budget, stack: Vec::new(), marks: Vec::new(), memo: HashMap::new() };
    machine.run()
}

struct Machine<'a, R> {
    input: &'a mut R,
    nodes: &'a mut Nodes,
    budget: &'a mut Budget,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<u64, Id>,
}

/// What is said of a pickle that ends early or makes no sense.
pub(super) fn broken(how: &str) -> String {
    format!("is a damaged pickle ({how}); get the file again")
}

impl<R: Read> Machine<'_, R> {
    fn run(&mut self) -> Result<Id, String> {
        loop {
            let [op] = self.take::<1>()?;
            if op == b'.' {
                return self.pop();
            }
            self.step(op)?;
        }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes).map_err(|_| broken("it ends too early"))?;
        Ok(bytes)
    }

    fn bytes(&mut self, length: u64) -> Result<Vec<u8>, String> {
        self.budget.take(length, "a pickle's text")?;
        let mut bytes = Vec::with_capacity(length.min(CHUNK) as usize);
        self.input.take(length).read_to_end(&mut bytes).map_err(|e| broken(&e.to_string()))?;
        if bytes.len() as u64 == length { Ok(bytes) } else { Err(broken("it ends too early")) }
    }

    fn text(&mut self, length: u64) -> Result<Node, String> {
        let bytes = self.bytes(length)?;
        // Python's own text may hold lone surrogates, as of a file's name that was no text; no tensor's name does.
        Ok(Node::Text(String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn line(&mut self) -> Result<String, String> {
        let mut bytes = Vec::new();
        loop {
            let [b] = self.take::<1>()?;
            if b == b'\n' {
                break;
            }
            self.budget.take(1, "a pickle's text")?;
            bytes.push(b);
        }
        String::from_utf8(bytes).map_err(|_| broken("its text is no UTF-8"))
    }

    fn push(&mut self, node: Node) -> Result<(), String> {
        let id = self.add(node)?;
        self.stack.push(id);
        Ok(())
    }

    fn add(&mut self, node: Node) -> Result<Id, String> {
        self.budget.take(NODE, "a pickle's values")?;
        self.nodes.0.push(node);
        Ok(self.nodes.0.len() - 1)
    }

    fn pop(&mut self) -> Result<Id, String> {
        // A value below the newest mark belongs to what is being built there.
        let floor = self.marks.last().copied().unwrap_or(0);
        if self.stack.len() <= floor {
            return Err(broken("it takes more values than it made"));
        }
        self.stack.pop().ok_or_else(|| broken("it takes more values than it made"))
    }

    fn top(&self) -> Result<Id, String> {
        self.stack.last().copied().ok_or_else(|| broken("it takes more values than it made"))
    }

    fn marked(&mut self) -> Result<Vec<Id>, String> {
        let mark = self.marks.pop().ok_or_else(|| broken("a mark is missing"))?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    fn put(&mut self, at: u64) -> Result<(), String> {
        self.budget.take(NODE, "a pickle's values")?;
        let top = self.top()?;
        self.memo.insert(at, top);
        Ok(())
    }

    fn get(&mut self, at: u64) -> Result<(), String> {
        let id = *self.memo.get(&at).ok_or_else(|| broken("it refers to a value that is not there"))?;
        self.budget.take(8, "a pickle's values")?;
        self.stack.push(id);
        Ok(())
    }

    fn tuple(&mut self, count: usize) -> Result<(), String> {
        let mut items = (0..count).map(|_| self.pop()).collect::<Result<Vec<_>, _>>()?;
        items.reverse();
        self.push(Node::Tuple(items))
    }

    fn named(&mut self, module: &str, name: &str) -> Result<Node, String> {
        match Known::find(module, name) {
            Some(known) => Ok(Node::Global(known)),
            None if class(module, name) => {
                self.budget.take((module.len() + name.len()) as u64, "a pickle's text")?;
                Ok(Node::Class(format!("{module}.{name}")))
            }
            None => Err(refusal(&format!("{module}.{name}"))),
        }
    }

    fn call(&mut self, function: Id, arguments: &[Id]) -> Result<(), String> {
        let node = call(self.nodes, function, arguments, self.budget)?;
        self.push(node)
    }

    /// An object without its state yet.
    fn object(&mut self, class: Id, arguments: Id) -> Result<(), String> {
        if matches!(self.nodes.get(class), Node::Class(_)) {
            return self.push(Node::Object(None));
        }
        let arguments = self.nodes.items(arguments).to_vec();
        self.call(class, &arguments)
    }

    fn extend(&mut self, id: Id, items: &[Id]) -> Result<(), String> {
        self.budget.take(8 * items.len() as u64, "a pickle's values")?;
        match self.nodes.0.get_mut(id) {
            Some(Node::List(list)) => list.extend_from_slice(items),
            // A subclass of list; what it holds is of no interest.
            Some(Node::Object(_)) => {}
            _ => return Err(broken("it appends to what is no list")),
        }
        Ok(())
    }

    fn set_items(&mut self, id: Id, items: &[Id]) -> Result<(), String> {
        self.budget.take(8 * items.len() as u64, "a pickle's values")?;
        let pairs = items.chunks_exact(2).map(|p| (p[0], p[1]));
        match self.nodes.0.get_mut(id) {
            Some(Node::Dict(dict)) => dict.extend(pairs),
            Some(Node::Object(_)) => {}
            _ => return Err(broken("it sets items of what is no dictionary")),
        }
        Ok(())
    }

    fn step(&mut self, op: u8) -> Result<(), String> {
        match op {
            // PROTO, FRAME: nothing to remember of them.
            0x80 => self.take::<1>().map(drop),
            0x95 => self.take::<8>().map(drop),
            b'(' => {
                self.budget.take(8, "a pickle's values")?;
                self.marks.push(self.stack.len());
                Ok(())
            }
            b'0' => match self.marks.last() {
                // POP also takes a mark off, when that is what was pushed last.
                Some(mark) if *mark == self.stack.len() => {
                    self.marks.pop();
                    Ok(())
                }
                _ => self.pop().map(drop),
            },
            b'1' => self.marked().map(drop),
            b'2' => {
                let top = self.top()?;
                self.budget.take(8, "a pickle's values")?;
                self.stack.push(top);
                Ok(())
            }
            b'N' => self.push(Node::None),
            0x88 => self.push(Node::Bool(true)),
            0x89 => self.push(Node::Bool(false)),
            b'J' => {
                let n = i32::from_le_bytes(self.take()?);
                self.push(Node::Int(n.into()))
            }
            b'K' => {
                let [n] = self.take()?;
                self.push(Node::Int(n.into()))
            }
            b'M' => {
                let n = u16::from_le_bytes(self.take()?);
                self.push(Node::Int(n.into()))
            }
            b'I' => {
                let line = self.line()?;
                let node = match line.as_str() {
                    "00" => Node::Bool(false),
                    "01" => Node::Bool(true),
                    n => Node::Int(n.trim().parse().map_err(|_| broken("a number is none"))?),
                };
                self.push(node)
            }
            b'L' => {
                let line = self.line()?;
                let n = line.trim().trim_end_matches('L').parse().map_err(|_| broken("a number is none"))?;
                self.push(Node::Int(n))
            }
            0x8a => {
                let [n] = self.take()?;
                let bytes = self.bytes(n.into())?;
                self.push(Node::Int(long(&bytes)))
            }
            0x8b => {
                let n = u32::from_le_bytes(self.take()?);
                let bytes = self.bytes(n.into())?;
                self.push(Node::Int(long(&bytes)))
            }
            b'F' => {
                let line = self.line()?;
                self.push(Node::Float(line.trim().parse().map_err(|_| broken("a number is none"))?))
            }
            b'G' => {
                let x = f64::from_be_bytes(self.take()?);
                self.push(Node::Float(x))
            }
            b'X' | b'T' | b'B' => {
                let n = u32::from_le_bytes(self.take()?).into();
                self.string(op != b'X', n)
            }
            0x8c | b'U' | b'C' => {
                let [n] = self.take()?;
                self.string(op != 0x8c, n.into())
            }
            0x8d | 0x8e | 0x96 => {
                let n = u64::from_le_bytes(self.take()?);
                self.string(op != 0x8d, n)
            }
            b'V' | b'S' => {
                let line = self.line()?;
                let bare = line.trim_matches(['\'', '"']);
                self.push(Node::Text(if op == b'S' { bare.into() } else { line }))
            }
            b')' => self.push(Node::Tuple(Vec::new())),
            0x85..=0x87 => self.tuple((op - 0x84) as usize),
            b't' => {
                let items = self.marked()?;
                self.push(Node::Tuple(items))
            }
            b']' | 0x8f => self.push(Node::List(Vec::new())),
            b'l' | 0x91 => {
                let items = self.marked()?;
                self.push(Node::List(items))
            }
            b'a' => {
                let item = self.pop()?;
                let list = self.top()?;
                self.extend(list, &[item])
            }
            b'e' | 0x90 => {
                let items = self.marked()?;
                let list = self.top()?;
                self.extend(list, &items)
            }
            b'}' => self.push(Node::Dict(Vec::new())),
            b'd' => {
                let items = self.marked()?;
                self.push(Node::Dict(Vec::new()))?;
                let dict = self.top()?;
                self.set_items(dict, &items)
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                let dict = self.top()?;
                self.set_items(dict, &[key, value])
            }
            b'u' => {
                let items = self.marked()?;
                let dict = self.top()?;
                self.set_items(dict, &items)
            }
            b'p' | b'g' => {
                let line = self.line()?;
                let at = line.trim().parse().map_err(|_| broken("a reference is no number"))?;
                if op == b'p' { self.put(at) } else { self.get(at) }
            }
            b'q' | b'h' => {
                let [at] = self.take()?;
                if op == b'q' { self.put(at.into()) } else { self.get(at.into()) }
            }
            b'r' | b'j' => {
                let at = u32::from_le_bytes(self.take()?).into();
                if op == b'r' { self.put(at) } else { self.get(at) }
            }
            0x94 => self.put(self.memo.len() as u64),
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                let node = self.named(&module, &name)?;
                self.push(node)
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let words = |m: &Self, id| m.nodes.text(id).map(str::to_owned);
                let (Some(module), Some(name)) = (words(self, module), words(self, name)) else {
                    return Err(broken("a name is no text"));
                };
                let node = self.named(&module, &name)?;
                self.push(node)
            }
            b'i' => {
                let (module, name) = (self.line()?, self.line()?);
                let node = self.named(&module, &name)?;
                let function = self.add(node)?;
                let arguments = self.marked()?;
                self.call(function, &arguments)
            }
            b'o' => {
                let all = self.marked()?;
                let (function, arguments) = all.split_first().ok_or_else(|| broken("a class is missing"))?;
                self.call(*function, arguments)
            }
            b'R' => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                let arguments = self.nodes.items(arguments).to_vec();
                self.call(function, &arguments)
            }
            // NEWOBJ, NEWOBJ_EX.
            0x81 => {
                let (arguments, class) = (self.pop()?, self.pop()?);
                self.object(class, arguments)
            }
            0x92 => {
                let (_, arguments, class) = (self.pop()?, self.pop()?, self.pop()?);
                self.object(class, arguments)
            }
            b'b' => {
                let (state, object) = (self.pop()?, self.top()?);
                super::calls::build(self.nodes, object, state)
            }
            b'Q' => {
                let id = self.pop()?;
                let node = super::calls::persistent(self.nodes, id, self.budget)?;
                self.push(node)
            }
            _ => Err(broken(&format!("instruction {op:#04x} is unknown, or has no place among tensors"))),
        }
    }

    fn string(&mut self, bytes: bool, length: u64) -> Result<(), String> {
        let node = if bytes { Node::Bytes(self.bytes(length)?) } else { self.text(length)? };
        // Python 2's strings are bytes; names of tensors are among them.
        let node = match node {
            Node::Bytes(b) if b.len() < 256 => {
                String::from_utf8(b).map_or_else(|e| Node::Bytes(e.into_bytes()), Node::Text)
            }
            other => other,
        };
        self.push(node)
    }
}

/// A little-endian two's complement number of any length; one that is too large is saturated.
fn long(bytes: &[u8]) -> i64 {
    let negative = bytes.last().is_some_and(|b| b & 0x80 != 0);
    let mut wide = [if negative { 0xff } else { 0 }; 8];
    if bytes.len() > 8 && bytes[8..].iter().any(|b| *b != wide[7]) {
        return if negative { i64::MIN } else { i64::MAX };
    }
    let n = bytes.len().min(8);
    wide[..n].copy_from_slice(&bytes[..n]);
    i64::from_le_bytes(wide)
}

pub(super) fn refusal(name: &str) -> String {
    let name = name.chars().filter(|c| !c.is_control()).take(160).collect::<String>();
    let unread = [
        ("float8", "numbers of 8 bits (float8)"),
        ("_rebuild_tensor_v3", "numbers of a type such as float8 or 16 bits without a sign"),
        ("sparse", "a sparse tensor"),
        ("qtensor", "a quantised tensor"),
        ("quantized", "a quantised layer"),
        ("QInt", "a quantised tensor"),
        ("QUInt", "a quantised tensor"),
        ("qint", "a quantised tensor"),
        ("quint", "a quantised tensor"),
        ("meta_tensor", "a tensor on the meta device, which has a shape and no numbers"),
        ("nested_tensor", "a nested tensor"),
        ("Complex", "complex numbers"),
        ("complex", "complex numbers"),
    ];
    let torch = name.starts_with("torch.");
    if let Some((_, what)) = unread.iter().find(|(word, _)| torch && name.contains(word)) {
        return format!(
            "holds {what} ({name}), which zscope does not read; save the model's state_dict() in float32"
        );
    }
    format!(
        "names {name}, which Python would import or call and zscope does not know to be harmless: zscope calls nothing of a file, and reads none that asks for it; save its state_dict() alone, where you trust who made it"
    )
}
