//! CelebA: a list of attributes that is not quite as it should be, pictures that are not quite all there, and the real
//! ones where they are at hand.
//!
//! Must not know: models, the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::data::{check_columns, picture, put, quietly, sentence, want, whole};
use std::path::{Path, PathBuf};
use zscope::data::spec::spec_of;
use zscope::data::{AttributeKind, Dataset, Split, celeba};

fn load(dir: &Path, size: usize) -> Dataset {
    quietly(|job| celeba::load(dir, whole(size, None), job)).unwrap()
}

fn column<'a>(split: &'a Split, name: &str) -> &'a [f32] {
    &split.attributes.iter().find(|a| a.name == name).unwrap().values
}

#[test]
fn celeba_believes_no_count_no_spacing_and_no_list() {
    let dir = tempfile::tempdir().unwrap();
    // The count lies, spaces are doubled, a row is short, a value is none, a picture is absent; no newline at the end.
    let list = "202599\nSmiling Male  Young \n000002.jpg  1 -1  1\n000001.jpg -1  1  1\n000003.jpg  1 -1\n\
                000004.jpg  1  2  1\n000005.jpg -1 -1 -1\n000006.jpg -1  1 -1\n000007.jpg  1  1 -1";
    put(&dir, "list_attr_celeba.txt", list.as_bytes());
    for (number, colour) in
        [(1, [10, 20, 30]), (2, [200, 0, 0]), (3, [1, 1, 1]), (5, [0, 0, 200]), (7, [0, 99, 0])]
    {
        picture(&dir, &format!("img_align_celeba/{number:06}.jpg"), 17, 21, colour);
    }
    picture(&dir, "raw/000001.png", 8, 8, [255; 3]);
    picture(&dir, "img_align_celeba/000099.jpg", 8, 8, [3, 3, 3]);
    put(&dir, "img_align_celeba/000006.jpg", b"\xff\xd8\xffthis was a picture once");
    let set = load(dir.path(), 16);
    assert_eq!(set.train.attributes.len(), 3);
    assert!(set.train.attributes.iter().all(|a| a.kind == AttributeKind::Binary));
    // In the list's order: 2, 1, 5, 7.
    assert_eq!((set.train.pictures.len(), set.test.pictures.len()), (4, 0));
    assert_eq!(column(&set.train, "Smiling"), [1.0, 0.0, 0.0, 1.0]);
    assert_eq!(column(&set.train, "Male")[..3], [0.0, 1.0, 0.0]);
    assert_eq!(column(&set.train, "Young")[..3], [1.0, 1.0, 0.0]);
    assert!(set.train.pictures.get(0).unwrap()[0] > 190, "picture 2 is red and comes first");
    assert!(set.train.pictures.get(1).unwrap()[0] < 30, "the aligned picture 1 wins over the raw one");
    check_columns(&set.train);
    let why: Vec<_> = set.skipped.iter().map(|s| format!("{}: {}", s.path.display(), s.reason)).collect();
    let said = |words: &[&str]| {
        assert!(why.iter().any(|w| words.iter().all(|x| w.contains(x))), "{words:?} in {why:#?}")
    };
    said(&["list_attr_celeba.txt", "2 of its rows", "line 5"]);
    said(&["000099.jpg", "does not name it"]);
    said(&["000003.jpg", "does not name it"]);
    said(&["000001.png", "same name"]);
    said(&["000006.jpg"]);
    assert_eq!(why.len(), 5, "{why:#?}");
}

#[test]
fn celeba_finds_its_list_beside_below_and_above() {
    let dir = tempfile::tempdir().unwrap();
    let list = b"2\nSmiling\n000001.jpg 1\n000002.jpg -1\n";
    picture(&dir, "images/000001.jpg", 9, 9, [9, 9, 200]);
    picture(&dir, "images/000002.jpg", 9, 9, [9, 200, 9]);
    let images = dir.path().join("images");
    sentence(
        quietly(|job| celeba::load(&images, want(16, None), job)),
        &["list_attr_celeba.txt", "put it beside the pictures"],
    );
    assert_eq!(spec_of(dir.path()).to_string(), format!("folder:{}", dir.path().display()));
    let above = put(&dir, "list_attr_celeba.txt", list);
    for folder in [dir.path(), &images] {
        assert_eq!(load(folder, 16).train.attributes[0].values, [1.0, 0.0]);
        assert_eq!(spec_of(folder).to_string(), format!("celeba:{}", folder.display()));
    }
    // As the archive is laid out; and as Kaggle hands it out.
    std::fs::remove_file(above).unwrap();
    put(&dir, "Anno/list_attr_celeba.csv", b"image_id,Smiling\n000001.jpg,1\n000002.jpg,-1\n");
    assert_eq!(load(dir.path(), 16).train.attributes[0].values, [1.0, 0.0]);
    assert_eq!(spec_of(dir.path()).to_string(), format!("celeba:{}", dir.path().display()));
}

#[test]
fn celeba_counts_what_is_absent_and_says_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let rows: String = (1..=300).map(|i| format!("{i:06}.jpg 1\n")).collect();
    put(&dir, "list_attr_celeba.txt", format!("300\nSmiling\n{rows}").as_bytes());
    sentence(
        quietly(|job| celeba::load(dir.path(), want(16, None), job)),
        &["none of the 300 pictures", "names"],
    );
    picture(&dir, "000300.png", 9, 9, [1, 2, 3]);
    for i in 301..450 {
        put(&dir, &format!("{i:06}.jpg"), b"");
    }
    let set = load(dir.path(), 16);
    assert_eq!((set.train.pictures.len(), set.test.pictures.len()), (1, 0));
    assert_eq!(
        set.skipped.len(),
        102,
        "the absent in one line, a hundred of the unnamed, and the rest in one line"
    );
    assert!(set.skipped.iter().any(|s| s.reason.contains("299 of the 300")), "{:?}", set.skipped[0]);
    assert!(set.skipped.iter().any(|s| s.reason.contains("49 more pictures")));
    put(&dir, "list_attr_celeba.txt", b"12\n");
    sentence(quietly(|job| celeba::load(dir.path(), want(16, None), job)), &["no line with the names"]);
}

#[test]
fn a_spreadsheets_byte_order_mark_and_a_neighbours_list_do_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    put(
        &dir,
        "list_attr_celeba.csv",
        "\u{feff}image_id,Smiling,Male\n000001.png,1,-1\n000002.png,-1,1\n".as_bytes(),
    );
    picture(&dir, "img_align_celeba/000001.png", 8, 8, [9; 3]);
    picture(&dir, "img_align_celeba/000002.png", 8, 8, [9; 3]);
    picture(&dir, "holiday/beach.png", 8, 8, [9; 3]);
    let set = load(dir.path(), 8);
    assert_eq!(set.train.attributes.len(), 2);
    assert_eq!(column(&set.train, "Smiling"), [1.0, 0.0]);
    let own = dir.path().join("img_align_celeba");
    assert_eq!(spec_of(&own).to_string(), format!("celeba:{}", own.display()));
    let other = dir.path().join("holiday");
    assert_eq!(
        spec_of(&other).to_string(),
        format!("folder:{}", other.display()),
        "no list makes a holiday CelebA"
    );
}

#[test]
fn celeba_takes_the_middle_square() {
    let dir = tempfile::tempdir().unwrap();
    put(&dir, "list_attr_celeba.txt", b"1\nSmiling\n000001.jpg 1\n");
    // As high as aligned CelebA: what is above row 20 and below row 198 is cropped away.
    let tall = image::RgbImage::from_fn(178, 218, |_, y| {
        image::Rgb(if (20..198).contains(&y) { [0, 200, 0] } else { [255, 0, 0] })
    });
    tall.save(dir.path().join("000001.png")).unwrap();
    let set = load(dir.path(), 178);
    assert!(set.train.pictures.pixels.chunks(3).all(|p| p == [0, 200, 0]));
}

#[test]
fn celeba_reads_the_real_one() {
    let shared = std::env::var_os("ZSCOPE_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let real = shared.join("data/celeba10k_half");
    if !real.join("list_attr_celeba.txt").is_file() {
        println!(
            "skipped: no {} (set ZSCOPE_SHARED to the folder that has data/celeba10k_half)",
            real.display()
        );
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("images")).unwrap();
    for i in 1..=200 {
        let name = format!("images/{i:06}.jpg");
        std::fs::copy(real.join(&name), dir.path().join(&name)).unwrap();
    }
    std::fs::copy(real.join("list_attr_celeba.txt"), dir.path().join("list_attr_celeba.txt")).unwrap();
    assert_eq!(spec_of(dir.path()).to_string(), format!("celeba:{}", dir.path().display()));
    let set = load(dir.path(), 64);
    assert_eq!((set.train.pictures.len(), set.test.pictures.len()), (200, 0));
    assert_eq!((set.train.attributes.len(), set.train.pictures.channels), (40, 3));
    check_columns(&set.train);
    check_columns(&set.test);
    // What the list says of the first.
    assert_eq!(column(&set.train, "Male")[..9], [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0]);
    assert_eq!(column(&set.train, "Smiling")[..5], [1.0, 1.0, 0.0, 0.0, 0.0]);
    assert_eq!(set.skipped.len(), 1, "9,800 of 10,000 are absent: {:?}", set.skipped);
    assert!(set.skipped[0].reason.contains("9800 of the 10000"));
}
