//! The hand that draws on what a model takes: what its tools cover, on pixels, masks and codes, and that a stroke in the window is
//! one step of undo.
//!
//! Must not know: how anything is drawn of it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use zscope::canvas::{self, Brush, Ink, Tip, Tool, Way};
use zscope::data::Label;
use zscope::point::{Input, Kind, Role, Value};
use zscope::state::canvas::{Begun, Hand};

const SIZE: [usize; 2] = [8, 6];

fn white(channels: usize) -> Value {
    Value::Picture(vec![255; 48 * channels].into())
}

fn begun(base: Value, ink: Ink, tool: Tool, brush: Brush, at: [f32; 2]) -> Begun {
    Begun { input: "sheet".into(), size: SIZE, base, ink, tool, brush, at }
}

fn bytes(value: &Value) -> Vec<u8> {
    match value {
        Value::Picture(bytes) => bytes.to_vec(),
        other => panic!("{other:?} is no picture"),
    }
}

/// The places that a stroke of width 1 goes through are dark, and no other.
#[test]
fn a_line_covers_what_it_goes_through() {
    let mut hand = Hand::default();
    let brush = Brush { width: 1.0, ..Brush::default() };
    hand.begin(begun(white(1), Ink::Colour([0; 3]), Tool::Line, brush, [0.5, 2.5])).unwrap();
    hand.to([3.5, 5.5]).unwrap();
    // A line is from where it began to where the hand is, whatever lay between.
    let (name, drawn) = hand.to([7.5, 2.5]).unwrap();
    assert_eq!(name, "sheet");
    for (i, v) in bytes(&drawn).iter().enumerate() {
        assert_eq!(*v, if i / 8 == 2 { 0 } else { 255 }, "place {i}");
    }
    assert!(hand.draws_on("sheet"));
    hand.release();
    assert!(hand.to([1.0, 1.0]).is_none(), "nothing is drawn with a lifted hand");
}

/// A pencil keeps all of its way, however often it crosses itself, and a soft one is darker in its middle.
#[test]
fn a_pencil_keeps_its_way() {
    let mut hand = Hand::default();
    let brush = Brush { width: 3.0, soft: 1.0, ..Brush::default() };
    let mut drawn = white(1);
    for (i, at) in [[1.5, 1.5], [6.5, 1.5], [1.5, 1.5], [6.5, 1.5]].into_iter().enumerate() {
        let step = match i {
            0 => hand.begin(begun(white(1), Ink::Colour([0; 3]), Tool::Pencil, brush, at)),
            _ => hand.to(at),
        };
        let now = step.unwrap().1;
        assert!(i < 2 || now == drawn, "crossing itself changes nothing");
        drawn = now;
    }
    let at = |x: usize, y: usize| bytes(&drawn)[y * 8 + x];
    assert!(at(4, 1) < at(4, 2) && at(4, 2) < at(4, 4), "{} {} {}", at(4, 1), at(4, 2), at(4, 4));
    assert!(hand.to([f32::NAN, 0.0]).is_none());
}

#[test]
fn rectangles_are_filled_or_outlined() {
    let way = Way { from: [6.5, 4.5], to: [1.5, 1.5] };
    let count = |filled: bool| {
        let mut cover = vec![0.0; 48];
        canvas::rectangle(&mut cover, SIZE, way, &Brush { width: 1.0, filled, ..Brush::default() });
        cover.iter().filter(|c| **c >= 0.5).count()
    };
    assert_eq!((count(true), count(false)), (24, 16));
}

/// An area ends where the colour changes; a colour of three channels is put down as it is, in a grey picture as its lightness.
#[test]
fn an_area_is_filled_up_to_its_edge() {
    let mut sheet = [255; 48];
    (0..6).for_each(|y| sheet[y * 8 + 4] = 0);
    let base = Value::Picture(sheet.iter().cycle().take(144).copied().collect::<Vec<u8>>().into());
    let mut hand = Hand::default();
    let red = Ink::Colour([200, 10, 20]);
    let (_, drawn) = hand.begin(begun(base, red, Tool::Fill, Brush::default(), [1.0, 1.0])).unwrap();
    let drawn = bytes(&drawn);
    for i in 0..48 {
        let wanted = if i % 8 < 4 { [200, 10, 20] } else { [sheet[i]; 3] };
        assert_eq!([drawn[i], drawn[48 + i], drawn[96 + i]], wanted, "place {i}");
    }
    assert_eq!(canvas::picked(&Value::Picture(drawn.into()), SIZE, [0.0, 0.0]), Some(red));
    let (_, grey) = hand.begin(begun(white(1), red, Tool::Fill, Brush::default(), [1.0, 1.0])).unwrap();
    assert_eq!(bytes(&grey)[0], 68, "0.299 · 200 + 0.587 · 10 + 0.114 · 20");
}

/// Codes are covered whole, by a square tip exactly so many of them; a mask changes and the picture under it does not.
#[test]
fn entries_and_masks_are_covered_whole() {
    let mut hand = Hand::default();
    for (width, covered) in [(1.0, 1), (2.0, 4), (3.0, 9)] {
        let brush = Brush { width, tip: Tip::Square, ..Brush::default() };
        let codes = Value::Codes(vec![7; 48].into());
        let (_, drawn) = hand.begin(begun(codes, Ink::Entry(3), Tool::Pencil, brush, [4.3, 3.3])).unwrap();
        let drawn = drawn.codes().unwrap().clone();
        assert_eq!(drawn.iter().filter(|c| **c == 3).count(), covered, "width {width}");
        assert_eq!(canvas::picked(&Value::Codes(drawn), SIZE, [4.3, 3.3]), Some(Ink::Entry(3)));
    }
    let partial = Value::Picture([vec![90; 48], vec![255; 48]].concat().into());
    let brush = Brush { width: 2.0, ..Brush::default() };
    let (_, drawn) = hand.begin(begun(partial, Ink::Mask(0), Tool::Pencil, brush, [4.0, 3.0])).unwrap();
    let drawn = bytes(&drawn);
    assert!(drawn[..48].iter().all(|v| *v == 90));
    assert_eq!(drawn[48..].iter().filter(|v| **v == 0).count(), 4);
}

/// What can be drawn on says so, and has a blank.
#[test]
fn what_can_be_drawn_on() {
    let input = |kind| Input { name: "x".into(), kind, home: None };
    let picture = input(Kind::Picture { width: 8, height: 6, channels: 1, role: Role::Photo });
    assert_eq!(canvas::size(&picture.kind), Some(SIZE));
    assert_eq!(canvas::blank(&picture), Some(Ink::Colour([255; 3])));
    assert_eq!(canvas::blank(&input(Kind::Noise)), None);
}

/// A label map's pixels are of one class or another, however soft the brush; an area ends where the class changes, though the numbers
/// are near; what is taken up is a class.
#[test]
fn label_maps_are_painted_whole() {
    let label = |name: &str| Label { name: name.into(), colour: [9; 3] };
    let legend = vec![label("background"), label("skin"), label("hair")];
    let input =
        Input { name: "sheet".into(), kind: Kind::Labels { width: 8, height: 6, legend }, home: None };
    assert_eq!((canvas::size(&input.kind), canvas::blank(&input)), (Some(SIZE), Some(Ink::Entry(0))));
    let empty = input.default_value();
    input.check(&empty).unwrap();
    let mut hand = Hand::default();
    let brush = Brush { width: 1.0, ..Brush::default() };
    hand.begin(begun(empty, Ink::Entry(1), Tool::Line, brush, [3.5, 0.5])).unwrap();
    let (_, walled) = hand.to([3.5, 5.5]).unwrap();
    assert_eq!(bytes(&walled).iter().filter(|v| **v == 1).count(), 6);
    let soft = Brush { width: 3.0, soft: 1.0, ..Brush::default() };
    let (_, dabbed) =
        hand.begin(begun(walled.clone(), Ink::Entry(2), Tool::Pencil, soft, [6.5, 3.5])).unwrap();
    assert!(bytes(&dabbed).iter().all(|v| *v <= 2), "there is nothing between two classes");
    let (_, filled) = hand.begin(begun(walled, Ink::Entry(2), Tool::Fill, brush, [0.5, 0.5])).unwrap();
    for (i, v) in bytes(&filled).iter().enumerate() {
        assert_eq!(*v, [2, 2, 2, 1, 0, 0, 0, 0][i % 8], "place {i}");
    }
    assert_eq!(canvas::taken(&input, &filled, [3.2, 4.0]), Some(Ink::Entry(1)));
    input.check(&filled).unwrap();
    let said = input.check(&Value::Picture(vec![3; 48].into())).unwrap_err();
    assert_eq!(said, "sheet takes labels from 0 to 2, not 3");
    assert!(input.check(&Value::Picture(vec![0; 47].into())).unwrap_err().contains("48 labels"));
}
