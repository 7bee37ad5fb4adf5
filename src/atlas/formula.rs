//! Formulas as plain values: a short notation with subscripts, exponents and terms that have a loss's colour.
//!
//! Must not know: egui, how they are drawn.

/// A symbol with what hangs on it, or the text between two symbols.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Atom {
    /// What stands on the line.
    pub base: String,
    /// What stands below it.
    pub sub: String,
    /// What stands above it.
    pub sup: String,
    /// The loss whose term it is part of.
    pub loss: Option<String>,
}

/// What symbols mean wherever nothing else is said of them.
pub const GLOSSARY: &[(&str, &str)] = &[
    ("L", "The loss: what training makes small"),
    ("E", "The mean over all draws of what stands below it"),
    (
        "KL",
        "Kullback–Leibler divergence: how many nats it costs to take one distribution for the other; 0 where they are equal",
    ),
    ("JSD", "Jensen–Shannon divergence: 0 where two distributions are equal, log 2 where they never meet"),
    ("p", "A probability density"),
    ("q", "The encoder's guess of z, a bell curve for each dimension"),
    ("N", "The normal distribution (bell curve), by mean and variance"),
    ("D", "The discriminator: how real it finds a picture, 0 to 1"),
    ("G", "The generator: from z to a picture"),
    ("C", "The critic: a score without bounds"),
    ("T", "Number of steps in time"),
    ("x", "A picture of the data"),
    ("x'", "A picture that a model made"),
    ("y", "The other picture of a pair, or a class"),
    ("z", "The latent: the numbers under the sliders"),
    ("i", "Counts pixels, from the upper left to the lower right"),
    ("j", "Counts dimensions of z"),
    ("k", "Counts draws"),
    ("t", "Counts steps in time"),
    ("w", "The style: what the mapping network makes of z"),
    ("α", "How much of the new part is taken, 0 to 1"),
    ("β", "The weight of the term behind it"),
    ("λ", "The weight of the term behind it"),
    ("μ", "A mean"),
    ("σ", "A standard deviation, or a singular value"),
    ("τ", "The temperature"),
    ("φ", "The encoder's weights"),
    ("θ", "The decoder's weights"),
    ("ψ", "Truncation: 1 as trained, 0 the mean style"),
    ("Σ", "The sum over what stands below it"),
    ("W", "A layer's weights"),
    ("h", "What a layer gives"),
];

/// Words that need no explanation.
pub const WORDS: &[&str] = &["log", "max", "min", "sin", "softmax", "data", "mean"];

/// Reads the notation: `_x` and `^x` hang one character on the symbol before, `_{…}` and `^{…}` several, `[[loss|…]]` is a
/// term that has the colour of this loss. Symbols are single letters or runs of capitals (KL); lower-case runs are words.
pub fn parse(text: &str) -> Vec<Atom> {
    let mut atoms: Vec<Atom> = Vec::new();
    let mut loss: Option<String> = None;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(inner) = rest.strip_prefix("[[")
            && let Some((name, after)) = inner.split_once('|')
        {
            (loss, rest) = (Some(name.to_owned()), after);
        } else if let Some(after) = rest.strip_prefix("]]").filter(|after| !after.starts_with(']')) {
            (loss, rest) = (None, after);
        } else if matches!(c, '_' | '^') {
            let (hung, after) = hangs(&rest[c.len_utf8()..]);
            if atoms.is_empty() {
                atoms.push(Atom { loss: loss.clone(), ..Atom::default() });
            }
            if let Some(last) = atoms.last_mut() {
                let place = if c == '_' { &mut last.sub } else { &mut last.sup };
                place.push_str(hung);
            }
            rest = after;
        } else {
            let length = run(rest);
            let base = rest[..length].to_owned();
            rest = &rest[length..];
            match atoms.last_mut() {
                // Text between symbols stays together.
                Some(last) if !symbol(&base) && !symbol(&last.base) && last.loss == loss && bare(last) => {
                    last.base.push_str(&base);
                }
                _ => atoms.push(Atom { base, loss: loss.clone(), ..Atom::default() }),
            }
        }
    }
    atoms
}

/// What hangs on a symbol, and what follows it.
fn hangs(text: &str) -> (&str, &str) {
    if let Some(inner) = text.strip_prefix('{')
        && let Some((hung, after)) = inner.split_once('}')
    {
        return (hung, after);
    }
    let one = text.chars().next().map_or(0, char::len_utf8);
    text.split_at(one)
}

/// Bytes of the symbol, the word or the single sign that the text begins with.
fn run(text: &str) -> usize {
    let length = |keep: fn(char) -> bool| text.chars().take_while(|c| keep(*c)).map(char::len_utf8).sum();
    let first = text.chars().next().unwrap_or(' ');
    let capitals: usize = length(|c| c.is_ascii_uppercase());
    let letters: usize = length(|c| c.is_ascii_lowercase());
    let letters = if capitals > 0 { capitals } else { letters };
    let length = letters.max(first.len_utf8());
    // A prime or a star belongs to its letter.
    let mark = text[length..].chars().next().filter(|c| symbol(&text[..length]) && matches!(c, '\'' | '*'));
    length + mark.map_or(0, char::len_utf8)
}

/// Whether it is a symbol that wants an explanation.
pub fn symbol(base: &str) -> bool {
    let word = base.find(|c: char| !c.is_alphabetic()).map_or(base, |end| &base[..end]);
    !word.is_empty() && !WORDS.contains(&word)
}

fn bare(atom: &Atom) -> bool {
    atom.sub.is_empty() && atom.sup.is_empty()
}

/// What a symbol means: by the exhibit's own words, with what hangs on it first (p_θ), then by [`GLOSSARY`].
pub fn meaning<'a>(atom: &Atom, own: &'a [(String, String)]) -> Option<&'a str> {
    let whole = format!("{}_{}", atom.base, atom.sub);
    let own_of = |key: &str| own.iter().find(|(symbol, _)| symbol == key).map(|(_, words)| words.as_str());
    let known = |key: &str| GLOSSARY.iter().find(|(symbol, _)| *symbol == key).map(|(_, words)| *words);
    let plain = atom.base.trim_end_matches(['\'', '*']);
    own_of(&whole)
        .or_else(|| own_of(&atom.base))
        .or_else(|| own_of(plain))
        .or_else(|| known(&atom.base))
        .or_else(|| known(plain))
}
