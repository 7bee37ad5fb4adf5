//! What a pickle holds, as plain nodes of one list: no node owns another, so that no nesting is too deep to free.
//!
//! Must not know: how a pickle is read, what its objects mean.

use super::super::number::Kind;
use super::names::refused;

/// Where a node stands in [`Nodes`].
pub type Id = usize;

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// None, or anything of which only the presence matters.
    None,
    /// True or false.
    Bool(bool),
    /// A whole number; one that is too large for it is saturated.
    Int(i64),
    /// A real number.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A tuple.
    Tuple(Vec<Id>),
    /// A list, or a set.
    List(Vec<Id>),
    /// A dictionary in its own order.
    Dict(Vec<(Id, Id)>),
    /// A name that the pickle mentions and that stands for nothing to run.
    Global(Known),
    /// The name of a class of some program, of which objects can be read as data; it is never called.
    Class(String),
    /// A block of numbers elsewhere in the file.
    Storage(Storage),
    /// A view of a storage.
    Tensor(View),
    /// A NumPy array; `bytes` come with its state.
    Array {
        /// Dimensions.
        shape: Vec<usize>,
        /// How numbers are stored; `None` until the state arrives.
        kind: Option<Kind>,
        /// Whether the first dimension varies fastest.
        fortran: bool,
        /// The node of its bytes.
        bytes: Option<Id>,
    },
    /// A NumPy number type.
    Dtype(Kind),
    /// An object of a harmless class, whose state is kept to look for tensors in.
    Object(Option<Id>),
    /// An object that NVIDIA's programs pickle together with their program's text, which is not kept.
    Persistent {
        /// The node of its class's name.
        class: Id,
        /// The node of its fields.
        state: Id,
    },
}

/// A block of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Storage {
    /// Its key in the file.
    pub key: String,
    /// How numbers are stored; `None` for bytes whose type each tensor says.
    pub kind: Option<Kind>,
    /// The numbers it claims.
    pub count: usize,
    /// First number of the block that is meant, where the file says that this is a part of another block.
    pub start: usize,
    /// The bytes themselves, where they are inside the pickle.
    pub inside: Option<Id>,
}

/// A tensor's view of a storage, in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// The node of the storage.
    pub storage: Id,
    /// The type, where the storage has none.
    pub kind: Option<Kind>,
    /// First number.
    pub offset: usize,
    /// Dimensions.
    pub shape: Vec<usize>,
    /// Numbers from one element to the next, a dimension each.
    pub stride: Vec<usize>,
}

/// The names that a pickle of tensors may mention, beside those of classes. Any other is refused by that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// `collections.OrderedDict` and other dictionaries.
    Dict,
    /// `torch._utils._rebuild_tensor_v2`.
    RebuildTensor,
    /// `torch._utils._rebuild_parameter`: gives its first argument.
    First,
    /// `torch.FloatStorage` and its like; `None`: untyped.
    StorageType(Option<Kind>),
    /// `torch.float32` and its like.
    DtypeName(Kind),
    /// `torch.storage._load_from_bytes`: a whole small file inside the pickle.
    LoadFromBytes,
    /// `numpy.core.multiarray._reconstruct`.
    ArrayNew,
    /// `numpy.core.multiarray.scalar`.
    ArrayScalar,
    /// `numpy.core.numeric._frombuffer`.
    ArrayBuffer,
    /// `numpy.dtype`.
    ArrayDtype,
    /// `_codecs.encode`: bytes written as text, by Python 2's protocol.
    Encode,
    /// A class whose objects are data: its name, kept for nothing.
    Data,
    /// A list made from its argument (`builtins.set`, `torch.Size`).
    Sequence,
    /// `copyreg._reconstructor`: an object of the class that is its first argument.
    Object,
    /// `torch.jit._pickle.restore_type_tag`: gives its first argument, if that is a list.
    Value,
    /// `torch_utils.persistence._reconstruct_persistent_obj`: an object whose class and fields are in its argument.
    Persistent,
}

/// The element type that PyTorch names so.
fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "Float" | "float32" | "float" => Kind::F32,
        "Double" | "float64" | "double" => Kind::F64,
        "Half" | "float16" | "half" => Kind::F16,
        "BFloat16" | "bfloat16" => Kind::Bf16,
        "Long" | "int64" | "long" => Kind::Int(8),
        "Int" | "int32" | "int" => Kind::Int(4),
        "Short" | "int16" | "short" => Kind::Int(2),
        "Char" | "int8" => Kind::Int(1),
        "Byte" | "Bool" | "uint8" | "bool" => Kind::Uint(1),
        _ => return None,
    })
}

/// Classes that hold settings or a training's state and nothing that runs. Their objects are read as data.
const DATA: &[(&str, &str)] = &[
    ("argparse", "Namespace"),
    ("types", "SimpleNamespace"),
    ("torch", "device"),
    ("torch.serialization", "_get_layout"),
    ("pathlib", "Path"),
    ("pathlib", "PosixPath"),
    ("pathlib", "PurePosixPath"),
    ("pathlib", "WindowsPath"),
    ("datetime", "datetime"),
    ("datetime", "timedelta"),
    ("omegaconf.dictconfig", "DictConfig"),
    ("omegaconf.listconfig", "ListConfig"),
    ("omegaconf.base", "ContainerMetadata"),
    ("omegaconf.base", "Metadata"),
    ("omegaconf.nodes", "AnyNode"),
    ("omegaconf.nodes", "StringNode"),
    ("omegaconf.nodes", "IntegerNode"),
    ("omegaconf.nodes", "FloatNode"),
    ("omegaconf.nodes", "BooleanNode"),
    ("typing", "Any"),
    ("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint"),
    ("pytorch_lightning.callbacks.early_stopping", "EarlyStopping"),
    ("pytorch_lightning.utilities.parsing", "AttributeDict"),
    ("lightning_fabric.utilities.data", "AttributeDict"),
    ("lightning.fabric.utilities.data", "AttributeDict"),
    ("lightning.pytorch.callbacks.model_checkpoint", "ModelCheckpoint"),
    ("builtins", "complex"),
    ("__builtin__", "complex"),
    ("collections", "deque"),
    ("decimal", "Decimal"),
    ("fractions", "Fraction"),
    ("uuid", "UUID"),
    ("uuid", "SafeUUID"),
    ("torch", "Generator"),
    ("torch._C", "Generator"),
    ("datetime", "date"),
    ("datetime", "time"),
    ("datetime", "timezone"),
    ("pathlib", "PureWindowsPath"),
    ("pathlib._local", "PosixPath"),
    ("pathlib._local", "PurePosixPath"),
    ("numpy.random._pickle", "__randomstate_ctor"),
    ("numpy.random._pickle", "__generator_ctor"),
    ("numpy.random._pickle", "__bit_generator_ctor"),
    ("numpy.random._mt19937", "MT19937"),
    ("numpy.random._pcg64", "PCG64"),
    ("numpy.random.bit_generator", "SeedSequence"),
    ("numpy.random.bit_generator", "__pyx_unpickle_SeedSequence"),
    ("builtins", "object"),
    ("__builtin__", "object"),
    ("numpy", "ndarray"),
];

/// Python's own types of plain values, which settings name ("type: int") and few values are made by.
const PLAIN: &[&str] = &[
    "int",
    "long",
    "float",
    "str",
    "unicode",
    "bool",
    "bytes",
    "slice",
    "range",
    "xrange",
    "Ellipsis",
    "NotImplemented",
];

impl Known {
    /// What this name stands for; `None`: it is refused.
    pub fn find(module: &str, name: &str) -> Option<Self> {
        let numpy =
            module.strip_prefix("numpy.").is_some_and(|m| m == "core.multiarray" || m == "_core.multiarray");
        Some(match (module, name) {
            ("collections", "OrderedDict" | "defaultdict" | "Counter") => Self::Dict,
            ("builtins" | "__builtin__", "dict") => Self::Dict,
            ("builtins" | "__builtin__", "set" | "frozenset" | "list" | "tuple" | "bytearray") => {
                Self::Sequence
            }
            ("torch", "Size") => Self::Sequence,
            ("torch._utils", "_rebuild_tensor_v2" | "_rebuild_tensor") => Self::RebuildTensor,
            ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => Self::First,
            ("torch.storage", "_load_from_bytes") => Self::LoadFromBytes,
            ("torch.storage", "UntypedStorage" | "TypedStorage" | "_TypedStorage" | "_UntypedStorage")
            | ("torch", "UntypedStorage") => Self::StorageType(None),
            ("torch" | "torch.cuda", storage) if storage.ends_with("Storage") => {
                Self::StorageType(Some(kind(storage.strip_suffix("Storage")?)?))
            }
            ("torch", dtype) if kind(dtype).is_some_and(|_| dtype.starts_with(char::is_lowercase)) => {
                Self::DtypeName(kind(dtype)?)
            }
            (_, "_reconstruct") if numpy => Self::ArrayNew,
            (_, "scalar") if numpy => Self::ArrayScalar,
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Self::ArrayBuffer,
            ("numpy", "dtype") => Self::ArrayDtype,
            ("_codecs", "encode") => Self::Encode,
            // Makes an object of a class, which must be one itself.
            ("copyreg" | "copy_reg", "_reconstructor") => Self::Object,
            // What TorchScript makes lists and typed values by.
            ("torch.jit._pickle", list) if list.starts_with("build_") && list.ends_with("list") => {
                Self::Sequence
            }
            ("torch.jit._pickle", "restore_type_tag") => Self::Value,
            // In Python it would run the program's text that comes along; here only the fields are taken.
            ("torch_utils.persistence", "_reconstruct_persistent_obj") => Self::Persistent,
            _ if DATA.contains(&(module, name)) => Self::Data,
            ("builtins" | "__builtin__", plain) if PLAIN.contains(&plain) => Self::Data,
            ("typing", "Any" | "Dict" | "List" | "Optional" | "Tuple" | "Union") => Self::Data,
            _ => return None,
        })
    }
}

/// Where PyTorch keeps the classes of layers and of what trains them, and the functions that a layer may hold by name.
const OF_TORCH: &[&str] =
    &["torch.nn.modules", "torch.nn.functional", "torch._C._nn", "torch.nn.utils", "torch.optim"];

/// Whether a name may be a class of a program whose objects hold weights: a pickled model is made of such. Nothing is
/// imported of it, and what would call it is refused.
pub fn class(module: &str, name: &str) -> bool {
    let top = module.split('.').next().unwrap_or_default();
    let word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_');
    let below =
        |of: &str| module.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    if !module.split('.').all(word) {
        return false;
    }
    // A dotted name is looked up step by step, and may lead out of its package.
    if OF_TORCH.iter().any(|of| below(of)) {
        return word(name);
    }
    let own = top.starts_with('_') && top != "__main__" && top != "__torch__";
    // Classes begin with a capital, and classes within classes too.
    let capital = |part: &str| word(part) && part.starts_with(char::is_uppercase);
    !own && !refused(top) && name.split('.').all(capital)
}

/// All values of a pickle.
#[derive(Debug, Default)]
pub struct Nodes(pub Vec<Node>);

impl Nodes {
    /// The node; `None` for a reference to nothing.
    pub fn get(&self, id: Id) -> &Node {
        self.0.get(id).unwrap_or(&Node::None)
    }

    /// The elements of a tuple or a list; none for anything else.
    pub fn items(&self, id: Id) -> &[Id] {
        match self.get(id) {
            Node::Tuple(items) | Node::List(items) => items,
            _ => &[],
        }
    }

    /// A whole number that is not negative.
    pub fn count(&self, id: Id) -> Option<usize> {
        match self.get(id) {
            Node::Int(n) => usize::try_from(*n).ok(),
            _ => None,
        }
    }

    /// Whole numbers that are not negative.
    pub fn counts(&self, id: Id) -> Option<Vec<usize>> {
        self.items(id).iter().map(|i| self.count(*i)).collect()
    }

    /// The value of a dictionary's key.
    pub fn entry(&self, dict: Id, key: &str) -> Option<Id> {
        match self.get(dict) {
            // A dictionary keeps the last of two equal keys.
            Node::Dict(items) => {
                items.iter().rev().find(|(k, _)| self.text(*k) == Some(key)).map(|(_, v)| *v)
            }
            _ => None,
        }
    }

    /// Text.
    pub fn text(&self, id: Id) -> Option<&str> {
        match self.get(id) {
            Node::Text(t) => Some(t),
            _ => None,
        }
    }
}
