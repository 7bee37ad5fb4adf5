//! The words of captions: how a text is divided into words, which of them a data set uses, and the numbers that a network
//! takes for them.
//!
//! Must not know: networks, where captions came from.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most words of a vocabulary.
pub const MOST: usize = 2000;

/// Most words of a caption; what follows is not read.
pub const LONGEST: usize = 40;

/// Words that a caption may have in any case.
const LEAST: usize = 16;

/// Number of what stands behind a caption's last word.
pub const PADDING: usize = 0;

/// Number of a word that the vocabulary lacks.
pub const UNKNOWN: usize = 1;

/// Numbers that stand for no word.
const RESERVED: usize = 2;

/// The words of a data set's captions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vocabulary {
    /// What the column of captions is called.
    pub name: String,
    /// The words, the most frequent first.
    pub words: Arc<[String]>,
    /// Words that a caption may have: as many as the longest has, 16 at least, at most [`LONGEST`].
    pub longest: usize,
    /// One of the captions.
    pub example: String,
}

impl Vocabulary {
    /// That of the captions of a column: at most [`MOST`] words by frequency, of equally frequent ones the first in the alphabet.
    /// `None` where they hold no word.
    pub fn of(name: &str, captions: &[String]) -> Option<Self> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let (mut longest, mut example) = (LEAST, None);
        for caption in captions {
            let found = words(caption);
            if !found.is_empty() && example.is_none() {
                example = Some(caption.clone());
            }
            longest = longest.max(found.len().min(LONGEST));
            found.into_iter().take(LONGEST).for_each(|word| *counts.entry(word).or_default() += 1);
        }
        let mut ranked: Vec<(String, usize)> = counts.into_iter().collect();
        // The sort is stable, so that equals stay in the order of the alphabet.
        ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let words = ranked.into_iter().take(MOST).map(|(word, _)| word).collect();
        Some(Self { name: name.into(), words, longest, example: example? })
    }
}

/// A text's words in lower case: runs of letters, digits and apostrophes.
pub fn words(text: &str) -> Vec<String> {
    let inside = |c: char| c.is_alphanumeric() || c == '\'';
    text.split(|c| !inside(c)).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// The numbers that `known` words have in a network.
pub fn entries(known: &[String]) -> usize {
    known.len() + RESERVED
}

/// A text as `longest` numbers: of each word its place among the known ones, [`UNKNOWN`] of others, then [`PADDING`].
pub fn tokens(known: &[String], longest: usize, text: &str) -> Vec<i32> {
    let number = |word: String| known.iter().position(|k| *k == word).map_or(UNKNOWN, |at| at + RESERVED);
    let mut all: Vec<i32> = words(text).into_iter().take(longest).map(|word| number(word) as i32).collect();
    all.resize(longest, PADDING as i32);
    all
}

/// The words of a text that are not known, each once, in their order.
pub fn unknown(known: &[String], text: &str) -> Vec<String> {
    let mut said = BTreeSet::new();
    words(text).into_iter().filter(|word| !known.contains(word) && said.insert(word.clone())).collect()
}

/// The word that is being typed at the end of a text; `None` behind a space.
pub fn typed(text: &str) -> Option<String> {
    let last = text.chars().next_back()?;
    if last.is_alphanumeric() || last == '\'' { words(text).pop() } else { None }
}

/// At most `count` known words that begin as the word that is being typed, the most frequent first; none where it is known
/// whole and no other begins so.
pub fn completions<'a>(known: &'a [String], text: &str, count: usize) -> Vec<&'a str> {
    let Some(begun) = typed(text) else { return Vec::new() };
    let longer = |word: &&String| word.starts_with(&begun) && **word != begun;
    known.iter().filter(longer).take(count).map(String::as_str).collect()
}

/// A text with the word that is being typed completed, and a space behind it.
pub fn completed(text: &str, word: &str) -> String {
    let kept = text.len()
        - typed(text).map_or(0, |_| {
            text.chars().rev().take_while(|c| c.is_alphanumeric() || *c == '\'').map(char::len_utf8).sum()
        });
    format!("{}{word} ", &text[..kept])
}

/// A text without its word of that place, counted from 0, the others in lower case between single spaces.
pub fn without(text: &str, place: usize) -> String {
    let mut all = words(text);
    if place < all.len() {
        all.remove(place);
    }
    all.join(" ")
}

/// A text about a picture as it is about the picture's mirror image: left and right change places.
pub fn mirrored(text: &str) -> String {
    let turned = |word: &str| match word {
        "left" => "right".to_owned(),
        "right" => "left".to_owned(),
        other => other.to_owned(),
    };
    text.split(' ').map(turned).collect::<Vec<_>>().join(" ")
}

/// A text as it is, or where it has more than `longest` words its first ones, in lower case between single spaces.
pub fn cut(text: &str, longest: usize) -> String {
    let all = words(text);
    if all.len() <= longest { text.to_owned() } else { all[..longest].join(" ") }
}
