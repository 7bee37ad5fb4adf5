//! Folders as people have them: what is held out, folders of splits, tables of many dialects, damaged and deep files,
//! pairs, and the options behind a SPEC.
//!
//! Must not know: models, the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::data::{check_columns, picture, put, quietly, sentence, want, whole};
use image::{ImageBuffer, Luma, Rgb, RgbImage};
use std::collections::HashSet;
use std::path::Path;
use tempfile::TempDir;
use zscope::data::{Attribute, AttributeKind, Dataset, Offer, Spec, Split, Want, celeba, faces, folder, idx};
use zscope::zoo::Need;

fn load(dir: &Path) -> Dataset {
    quietly(|job| folder::load(dir, want(16, None), job)).unwrap()
}

fn by_spec(spec: &str, want: Want) -> Dataset {
    quietly(|job| spec.parse::<Spec>().unwrap().load(want, job)).unwrap()
}

fn column<'a>(split: &'a Split, name: &str) -> &'a Attribute {
    split.attributes.iter().find(|a| a.name == name).unwrap_or_else(|| panic!("no {name}"))
}

fn classes(attribute: &Attribute) -> &[String] {
    match &attribute.kind {
        AttributeKind::Class(names) => names,
        other => panic!("{}: {other:?}", attribute.name),
    }
}

/// The first byte of each picture, by which a test knows it again.
fn marks(split: &Split) -> HashSet<u8> {
    (0..split.pictures.len()).map(|i| split.pictures.get(i).unwrap()[0]).collect()
}

/// Pictures `000.png` … whose grey is their number, and a table of their class, which goes round in tens.
fn round(dir: &TempDir, count: u8) {
    let mut table = String::from("file,label\n");
    for i in 0..count {
        picture(dir, &format!("{i:03}.png"), 8, 8, [i; 3]);
        table += &format!("{i:03}.png,c{}\n", i % 10);
    }
    put(dir, "labels.csv", table.as_bytes());
}

#[test]
fn every_class_is_trained_on_and_held_out() {
    let dir = tempfile::tempdir().unwrap();
    round(&dir, 200);
    let set = load(dir.path());
    assert_eq!((set.train.pictures.len(), set.test.pictures.len()), (180, 20));
    let count = |split: &Split, class: usize| {
        split.classes().unwrap().1.iter().filter(|v| **v as usize == class).count()
    };
    for class in 0..10 {
        assert_eq!((count(&set.train, class), count(&set.test, class)), (18, 2), "class {class}");
    }
    assert_eq!(set, load(dir.path()), "the same every time");
    let spec = |options: &str| by_spec(&format!("folder:{}{options}", dir.path().display()), want(16, None));
    assert_eq!(spec("?hold=0.3").test.pictures.len(), 60);
    assert!(spec("?hold=0").test.pictures.is_empty());
    assert_ne!(marks(&spec("?seed=7").test), marks(&set.test));
}

#[test]
fn what_is_held_out_stays_so_when_pictures_are_added() {
    let dir = tempfile::tempdir().unwrap();
    round(&dir, 200);
    let before = marks(&load(dir.path()).test);
    round(&dir, 220);
    let after = load(dir.path());
    let kept = before.intersection(&marks(&after.test)).count();
    assert!(kept >= 17, "only {kept} of 20 are still held out");
    assert_eq!(after.test.pictures.len(), 22);
}

#[test]
fn folders_of_splits_are_no_classes() {
    let dir = tempfile::tempdir().unwrap();
    for split in ["train", "Val", "test"] {
        for class in ["cat", "dog"] {
            for i in 0..3 {
                picture(&dir, &format!("{split}/{class}/{i}.png"), 8, 8, [i, 9, 9]);
            }
        }
    }
    picture(&dir, "test/fox/0.png", 8, 8, [1; 3]);
    picture(&dir, "beside.png", 8, 8, [1; 3]);
    let set = load(dir.path());
    assert_eq!((set.train.pictures.len(), set.test.pictures.len()), (6, 12));
    assert_eq!(classes(column(&set.train, "folder")), ["cat", "dog"]);
    check_columns(&set.test);
    let why: Vec<_> = set.skipped.iter().map(|s| s.reason.as_str()).collect();
    assert!(why.iter().any(|w| w.contains("none of the folders train")), "{why:?}");
    assert!(why.iter().any(|w| w.contains("no training picture is of its folder's class")), "{why:?}");
    // Another set's pictures: classes go by their names.
    let spec = format!("folder:{0}/train?test=folder:{0}/test", dir.path().display());
    let set = by_spec(&spec, want(16, None));
    assert_eq!((set.train.pictures.len(), set.test.pictures.len()), (6, 6));
    assert_eq!(column(&set.test, "folder").values, [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    assert_eq!(spec.parse::<Spec>().unwrap().to_string(), spec);
}

#[test]
fn stylegans_list_gives_the_classes() {
    let dir = tempfile::tempdir().unwrap();
    let mut labels = Vec::new();
    for i in 0..12 {
        let name = format!("{:05}/img{i:08}.png", i / 4);
        picture(&dir, &name, 8, 8, [i; 3]);
        labels.push(format!("[\"{name}\", {}]", i % 2));
    }
    put(&dir, "dataset.json", format!("{{\"labels\": [{}]}}", labels.join(", ")).as_bytes());
    let set = quietly(|job| folder::load(dir.path(), whole(16, None), job)).unwrap();
    assert_eq!(set.train.attributes.len(), 1);
    assert_eq!(classes(&set.train.attributes[0]), ["0", "1"]);
    assert_eq!(set.train.attributes[0].values[..4], [0.0, 1.0, 0.0, 1.0]);
}

/// Twelve pictures and one table; the set, with nothing held out.
fn table(name: &str, bytes: &[u8]) -> Dataset {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..12 {
        picture(&dir, &format!("{i:04}.png"), 8, 8, [i * 20; 3]);
    }
    put(&dir, name, bytes);
    quietly(|job| folder::load(dir.path(), whole(16, None), job)).unwrap()
}

fn rows(head: &str, row: impl Fn(usize) -> String) -> String {
    format!("{head}{}", (0..12).map(|i| row(i) + "\n").collect::<String>())
}

#[test]
fn tables_are_read_in_the_dialects_people_have() {
    let breed = |i: usize| ["pug", "beagle"][i % 2];
    let file = |i: usize| format!("{i:04}.png");
    let utf16 = |text: String| -> Vec<u8> {
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    let all: Vec<(&str, &str, Vec<u8>)> = vec![
        ("stems", "labels.csv", rows("id,breed\n", |i| format!("{i:04},{}", breed(i))).into()),
        ("numbers", "labels.csv", rows("id,breed\n", |i| format!("{i},{}", breed(i))).into()),
        ("index", "labels.csv", rows(",file,breed\n", |i| format!("{i},{},{}", file(i), breed(i))).into()),
        ("first", "labels.csv", rows("breed,file\n", |i| format!("{},{}", breed(i), file(i))).into()),
        (
            "semicolon",
            "labels.csv",
            rows("file;breed;w\n", |i| format!("{};{};{i},5", file(i), breed(i))).into(),
        ),
        ("sep", "labels.csv", rows("sep=;\nfile;breed\n", |i| format!("{};{}", file(i), breed(i))).into()),
        ("absolute", "labels.csv", rows("file,breed\n", |i| format!("/a/b/{},{}", file(i), breed(i))).into()),
        (
            "windows",
            "labels.csv",
            rows("file,breed\n", |i| format!("C:\\a\\{},{}", file(i), breed(i))).into(),
        ),
        ("case", "Labels.CSV", rows("file,breed\n", |i| format!("{i:04}.PNG,{}", breed(i))).into()),
        ("ending", "labels.csv", rows("file,breed\n", |i| format!("{i:04}.jpg,{}", breed(i))).into()),
        ("tabs", "labels.csv", rows("file\tbreed\n", |i| format!("{}\t{}", file(i), breed(i))).into()),
        ("utf16", "labels.csv", utf16(rows("file\tbreed\n", |i| format!("{}\t{}", file(i), breed(i))))),
        (
            "returns",
            "labels.csv",
            rows("file,breed\n", |i| format!("{},{}", file(i), breed(i))).replace('\n', "\r").into(),
        ),
        (
            "comment",
            "labels.csv",
            rows("# mine\n\nfile,breed\n", |i| format!("{},{}\n", file(i), breed(i))).into(),
        ),
        (
            "metadata",
            "metadata.csv",
            rows("file_name,breed\n", |i| format!("{},{}", file(i), breed(i))).into(),
        ),
        (
            "lines",
            "metadata.jsonl",
            rows("", |i| format!("{{\"file_name\": \"{}\", \"breed\": \"{}\"}}", file(i), breed(i))).into(),
        ),
    ];
    for (what, name, bytes) in all {
        let set = table(name, &bytes);
        assert_eq!(set.train.pictures.len(), 12, "{what}: {:?}", set.skipped);
        let column = column(&set.train, "breed");
        assert_eq!(classes(column), ["beagle", "pug"], "{what}");
        assert_eq!(column.values[..3], [1.0, 0.0, 1.0], "{what}");
        assert!(set.skipped.is_empty(), "{what}: {:?}", set.skipped);
    }
    let bare = table("labels.csv", rows("", |i| format!("{},{}", file(i), breed(i))).as_bytes());
    assert_eq!((bare.train.pictures.len(), classes(&bare.train.attributes[0]).len()), (12, 2), "no header");
}

#[test]
fn columns_mean_what_their_words_say() {
    let set = table(
        "labels.csv",
        rows("file,smiling,hat,age,kind,always,caption,w\n", |i| {
            let age = ["", "NA"].get(i.wrapping_sub(3)).map_or((20 + i).to_string(), |w| w.to_string());
            let (smiling, hat) = (if i % 2 == 0 { "True" } else { "False" }, ["no", "yes"][i % 2]);
            format!("{i:04}.png,{smiling},{hat},{age},{},x,picture number {i},{}.5", i % 3, i)
        })
        .as_bytes(),
    );
    assert_eq!(column(&set.train, "smiling").kind, AttributeKind::Binary);
    assert_eq!(column(&set.train, "smiling").values[..2], [1.0, 0.0]);
    assert_eq!(column(&set.train, "hat").values[..2], [0.0, 1.0]);
    assert!(matches!(column(&set.train, "age").kind, AttributeKind::Continuous { min: 20.0, max: 31.0 }));
    assert_eq!(classes(column(&set.train, "kind")), ["0", "1", "2"]);
    assert!(matches!(column(&set.train, "w").kind, AttributeKind::Continuous { .. }));
    assert_eq!(set.train.columns[0].name, "caption");
    let why: Vec<_> = set.skipped.iter().map(|s| s.reason.as_str()).collect();
    assert!(why.iter().any(|w| w.contains("2 cells of its column age") && w.contains("mean")), "{why:?}");
    assert!(why.iter().any(|w| w.contains("always") && w.contains("the same everywhere")), "{why:?}");
    // What names nothing is said with its first cell.
    let set = table("labels.csv", b"file,breed\nelsewhere.png,pug\n");
    assert!(set.skipped[0].reason.contains("\"elsewhere.png\" in line 2"), "{:?}", set.skipped);
}

#[test]
fn celebas_list_is_read_as_spreadsheets_write_it() {
    let lists = [
        ",image_id,Smiling,Male\n0,000001.png,1,-1\n1,000002.png,-1,1\n",
        "image_id,Smiling,Male\n000001.png,1.0,0.0\n000002.png,0.0,1.0\n",
        "image_id,Smiling,Male\n000001.png,True,False\n000002.png,False,True\n",
    ];
    for list in lists {
        let dir = tempfile::tempdir().unwrap();
        put(&dir, "list_attr_celeba.csv", list.as_bytes());
        picture(&dir, "img/000001.png", 8, 8, [9; 3]);
        picture(&dir, "img/000002.png", 8, 8, [9; 3]);
        let set = quietly(|job| celeba::load(dir.path(), whole(16, None), job)).unwrap();
        assert_eq!(column(&set.train, "Smiling").values, [1.0, 0.0], "{list}");
    }
    let dir = tempfile::tempdir().unwrap();
    put(&dir, "list_attr_celeba.csv", b"image_id,Smiling\n000001.png,maybe\n");
    picture(&dir, "img/000001.png", 8, 8, [9; 3]);
    sentence(quietly(|job| celeba::load(dir.path(), whole(16, None), job)), &["values of -1 or 1", "line 2"]);
}

#[test]
fn a_jpeg_without_its_end_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let noise = RgbImage::from_fn(200, 200, |x, y| {
        Rgb([(x * 7 % 256) as u8, (y * 5 % 256) as u8, (x * y % 251) as u8])
    });
    noise.save(dir.path().join("a.jpg")).unwrap();
    let bytes = std::fs::read(dir.path().join("a.jpg")).unwrap();
    put(&dir, "cut.jpg", &bytes[..bytes.len() / 2]);
    put(&dir, "more.jpg", &[&bytes[..], b"written behind"].concat());
    let set = load(dir.path());
    assert_eq!(set.train.pictures.len() + set.test.pictures.len(), 2);
    assert!(set.skipped[0].path.ends_with("cut.jpg") && set.skipped[0].reason.contains("cut off"));
}

#[test]
fn twelve_bits_in_sixteen_are_not_nearly_black() {
    let dir = tempfile::tempdir().unwrap();
    for (name, value) in [("a.png", 4095u16), ("b.png", 2048), ("c.png", 100)] {
        ImageBuffer::<Luma<u16>, _>::from_pixel(8, 8, Luma([value])).save(dir.path().join(name)).unwrap();
    }
    let set = quietly(|job| folder::load(dir.path(), whole(8, None), job)).unwrap();
    let first = |i: usize| set.train.pictures.get(i).unwrap()[0];
    assert!(first(0) == 255 && first(1).abs_diff(128) <= 1 && first(2) < 9, "{} {}", first(0), first(1));
    // All sixteen are used by one of them: then nothing is brightened.
    ImageBuffer::<Luma<u16>, _>::from_pixel(8, 8, Luma([60_000])).save(dir.path().join("d.png")).unwrap();
    let set = quietly(|job| folder::load(dir.path(), whole(8, None), job)).unwrap();
    assert!(set.train.pictures.get(0).unwrap()[0] < 20);
}

/// An IDX file's bytes.
fn idx_bytes(code: u8, sizes: &[u32], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, code, sizes.len() as u8];
    sizes.iter().for_each(|size| bytes.extend(size.to_be_bytes()));
    bytes.extend(data);
    bytes
}

#[test]
fn emnist_stands_upright_and_qmnist_has_its_labels() {
    // The upper row bright, two pictures.
    let upright: Vec<u8> = [[9, 9, 0, 0], [9, 9, 0, 0]].concat();
    let sideways: Vec<u8> = [[9, 0, 9, 0], [9, 0, 9, 0]].concat();
    let dir = tempfile::tempdir().unwrap();
    put(&dir, "emnist-digits-train-images-idx3-ubyte", &idx_bytes(8, &[2, 2, 2], &sideways));
    let set = quietly(|job| idx::load(dir.path(), whole(2, None), job)).unwrap();
    assert_eq!(set.train.pictures.pixels, upright);
    // torchvision's root: two folders deep; labels of four bytes, eight for each picture.
    let dir = tempfile::tempdir().unwrap();
    put(&dir, "QMNIST/raw/qmnist-train-images-idx3-ubyte", &idx_bytes(8, &[2, 2, 2], &upright));
    let mut labels = vec![0u8; 2 * 8 * 4];
    (labels[3], labels[35], labels[7]) = (5, 7, 200);
    put(&dir, "QMNIST/raw/qmnist-train-labels-idx2-int", &idx_bytes(12, &[2, 8], &labels));
    let set = quietly(|job| idx::load(dir.path(), whole(2, None), job)).unwrap();
    assert_eq!(set.train.attributes[0].values, [5.0, 7.0]);
    assert_eq!(set.train.pictures.pixels, upright, "only EMNIST lies on its side");
    assert!(idx::is_here(dir.path()));
}

#[test]
fn pictures_are_fitted_as_is_asked() {
    let dir = tempfile::tempdir().unwrap();
    RgbImage::from_fn(40, 20, |x, _| Rgb(if x < 10 { [255, 0, 0] } else { [0, 255, 0] }))
        .save(dir.path().join("a.png"))
        .unwrap();
    let shown = |options: &str, want: Want| {
        let spec = format!("folder:{}{options}", dir.path().display());
        by_spec(&spec, want).train.pictures
    };
    let at = |p: &zscope::data::Pictures, x: usize, y: usize| -> [u8; 3] {
        let start = (y * p.width + x) * 3;
        [p.pixels[start], p.pixels[start + 1], p.pixels[start + 2]]
    };
    let square = whole(20, Some(3));
    assert_eq!(at(&shown("", square), 0, 10), [0, 255, 0], "the middle alone");
    let padded = shown("?fit=pad", square);
    assert_eq!(
        (at(&padded, 10, 0), at(&padded, 1, 10), at(&padded, 18, 10)),
        ([0; 3], [255, 0, 0], [0, 255, 0])
    );
    let stretched = shown("?fit=stretch", square);
    assert_eq!((at(&stretched, 1, 0), at(&stretched, 18, 19)), ([255, 0, 0], [0, 255, 0]));
    let wide = shown("", Want { hold: square.hold, ..Want::new(40, 20, Some(3)) });
    assert_eq!((wide.width, wide.height, at(&wide, 0, 0)), (40, 20, [255, 0, 0]));
    let mirrored = shown("?fit=stretch&mirror=on", square);
    assert_eq!(mirrored.len(), 2);
    assert_eq!(mirrored.get(1).unwrap()[..3], [0, 255, 0]);
    let drawn = quietly(|job| "faces:5".parse::<Spec>().unwrap().load(Want::new(64, 32, None), job)).unwrap();
    assert_eq!(
        (drawn.train.pictures.width, drawn.train.pictures.height),
        (64, 32),
        "what is drawn is fitted too"
    );
    sentence("faces?fit=pad".parse::<Spec>(), &["for folders"]);
    sentence("folder:x?fit=big".parse::<Spec>(), &["fit=crop"]);
    assert_eq!("folder:what?".parse::<Spec>().unwrap().to_string(), "folder:what?");
}

#[test]
fn only_what_fits_is_loaded() {
    let load = |spec: &str| quietly(|job| spec.parse::<Spec>().unwrap().load(Want::square(28, Some(1)), job));
    let all = load("faces:300").unwrap();
    let has = |s: &zscope::data::Split, name: &str| {
        s.attributes.iter().find(|a| a.name == name).unwrap().values.clone()
    };
    let some = load("faces:300?only=Smiling+-male+age:0.2..0.5").unwrap();
    for split in [&some.train, &some.test] {
        crate::data::check_columns(split);
        assert!(split.pictures.len() > 5);
        assert!(
            has(split, "Smiling").iter().all(|v| *v == 1.0) && has(split, "Male").iter().all(|v| *v == 0.0)
        );
        assert!(has(split, "age").iter().all(|v| (0.2..=0.5).contains(v)));
    }
    let fits = |i: &usize| {
        let of = |name| has(&all.train, name)[*i];
        of("Smiling") == 1.0 && of("Male") == 0.0 && (0.2..=0.5).contains(&of("age"))
    };
    assert_eq!(some.train.pictures.len(), (0..300).filter(fits).count());
    let digits = load("digits:100?only=digit:3|5&mirror=on").unwrap();
    assert!(has(&digits.train, "digit").iter().all(|v| *v == 3.0 || *v == 5.0));
    let spec = "digits:100?mirror=on&only=digit:3|5";
    assert_eq!(spec.parse::<Spec>().unwrap().to_string(), spec);
    sentence(load("digits:50?only=Grin"), &["no attribute", "Grin", "slant"]);
    sentence(load("digits:50?only=digit:12"), &["no class", "12", "0, 1, 2"]);
    sentence(load("digits:50?only=slant:9..1"), &["no range", "slant:FROM..TO"]);
    sentence(load("digits:50?only=digit"), &["which class", "digit:0"]);
    sentence(load("faces:50?only=Bald+Bangs"), &["no picture fits"]);
    sentence("faces?only=".parse::<Spec>(), &["only=NAME"]);
}

#[test]
fn pairs_come_from_halves_and_from_two_folders() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..4u8 {
        RgbImage::from_fn(16, 8, |x, _| Rgb(if x < 8 { [i, 0, 0] } else { [0, 0, 100 + i] }))
            .save(dir.path().join(format!("{i}.png")))
            .unwrap();
    }
    let set = by_spec(&format!("pairs:{}", dir.path().display()), whole(8, Some(3)));
    let input = set.train.pictures_of("input").unwrap();
    assert_eq!((set.train.pictures.len(), input.len()), (4, 4));
    assert_eq!(
        (&set.train.pictures.get(2).unwrap()[..3], &input.get(2).unwrap()[..3]),
        (&[0, 0, 102][..], &[2, 0, 0][..])
    );
    let left = by_spec(&format!("pairs:{}?output=left", dir.path().display()), whole(8, Some(3)));
    assert_eq!(left.train.pictures.get(2).unwrap()[..3], [2, 0, 0]);
    assert_eq!(left.train.pictures_of("input").unwrap().get(2).unwrap()[..3], [0, 0, 102]);

    let two = tempfile::tempdir().unwrap();
    for i in 0..5u8 {
        picture(&two, &format!("a/{i}.png"), 8, 8, [i, 0, 0]);
        if i > 0 {
            picture(&two, &format!("b/{i}.bmp"), 8, 8, [0, 0, 100 + i]);
        }
    }
    put(&two, "a/3.png", b"no picture");
    let spec = format!("pairs:{0}/a,{0}/b", two.path().display());
    let set = by_spec(&spec, whole(8, Some(3)));
    assert_eq!(spec.parse::<Spec>().unwrap().to_string(), spec);
    let input = set.train.pictures_of("input").unwrap();
    let first = |p: &zscope::data::Pictures, i: usize| p.get(i).unwrap()[0];
    assert_eq!((first(input, 0), first(input, 1), first(input, 2), input.len()), (1, 2, 4, 3));
    assert_eq!(set.train.pictures.get(2).unwrap()[2], 104);
    let why: Vec<_> = set.skipped.iter().map(|s| s.reason.as_str()).collect();
    assert!(why.iter().any(|w| w.contains("no partner")) && why.len() == 2, "{why:?}");
    let apart = by_spec(&spec.replace("pairs:", "domains:"), whole(8, Some(3)));
    assert_eq!((apart.train.pictures.len(), apart.domains[0].train.pictures.len()), (4, 4));
}

#[test]
fn faces_come_with_their_line_drawings() {
    let set = by_spec("faces-edges:24", want(64, Some(3)));
    let plain = by_spec("faces:24", want(64, Some(3)));
    assert_eq!(set.train.pictures, plain.train.pictures, "the same faces");
    let drawings = set.train.pictures_of(faces::EDGES).unwrap();
    assert_eq!((drawings.len(), drawings.channels, drawings.width), (24, 1, 64));
    for i in 0..24 {
        let one = drawings.get(i).unwrap();
        let ink = one.iter().filter(|v| **v < 128).count() as f32 / one.len() as f32;
        assert!((0.03..0.35).contains(&ink), "drawing {i} has {ink} ink");
        assert!(one.iter().filter(|v| **v == 255).count() > one.len() / 3, "drawing {i} is mostly paper");
    }
    assert_eq!(set.test.pictures_of(faces::EDGES).unwrap().len(), set.test.pictures.len());
    // For a person to look at: ZSCOPE_LOOK=file.png.
    if let Some(file) = std::env::var_os("ZSCOPE_LOOK") {
        let mut sheet = RgbImage::new(8 * 64, 6 * 64);
        for i in 0..24usize {
            for (row, of, channels) in [(0, &set.train.pictures, 3), (1, drawings, 1)] {
                for (k, p) in of.get(i).unwrap().chunks(channels).enumerate() {
                    let (x, y) = (i % 8 * 64 + k % 64, (i / 8 * 2 + row) * 64 + k / 64);
                    sheet.put_pixel(x as u32, y as u32, Rgb([p[0], p[channels / 2], p[channels - 1]]));
                }
            }
        }
        sheet.save(file).unwrap();
    }
}

#[test]
fn a_folder_of_folders_of_frames_is_clips_as_long_as_the_shortest() {
    let dir = tempfile::tempdir().unwrap();
    for clip in 0..20u8 {
        std::fs::create_dir(dir.path().join(format!("clip {clip:02}"))).unwrap();
        // Frame 10 comes after frame 9, though its name does not.
        for frame in 8..if clip == 0 { 13 } else { 12u8 } {
            picture(&dir, &format!("clip {clip:02}/{frame}.png"), 8, 8, [clip * 10 + frame - 8; 3]);
        }
    }
    std::fs::write(dir.path().join("clip 03/9.png"), b"\x89PNG\r\n\x1a\n cut").unwrap();
    picture(&dir, "beside.png", 8, 8, [250; 3]);
    let spec = format!("clips:{}?mirror=on", dir.path().display());
    let set = by_spec(&spec, want(8, None));
    assert_eq!(set.offers(), [Offer::Pictures, Offer::Clips]);
    assert_eq!(
        set.train.pictures.len() / 2 + set.test.pictures.len(),
        19,
        "a clip with a damaged frame is none"
    );
    assert_eq!(set.skipped.len(), 3, "{:?}", set.skipped);
    for split in [&set.train, &set.test] {
        let clips = split.clips().unwrap();
        assert_eq!((clips.length, clips.frames.len()), (4, 4 * split.pictures.len()));
        for i in 0..split.pictures.len() {
            let first = split.pictures.get(i).unwrap()[0];
            let shown: Vec<u8> = (0..4).map(|frame| clips.get(i, frame).unwrap()[0]).collect();
            assert_eq!((first % 10, shown), (0, vec![first, first + 1, first + 2, first + 3]));
            assert!(clips.get(i, 4).is_none());
        }
        assert!(!marks(split).contains(&30));
    }
    assert_eq!(set.train.head(2).clips().unwrap().frames.len(), 8);
    let recipe = zscope::zoo::recipe("fc-vae").unwrap();
    let facts = zscope::engine::data_loader::facts(&set.train);
    assert!(Need::Clips.check(recipe, &facts).is_ok());
    let still = by_spec("digits:10", want(28, None));
    let facts = zscope::engine::data_loader::facts(&still.train);
    assert!(Need::Clips.check(recipe, &facts).unwrap_err().contains("clips:DIR"));
    let empty = tempfile::tempdir().unwrap();
    picture(&empty, "one.png", 8, 8, [1; 3]);
    let spec = format!("clips:{}", empty.path().display());
    sentence(
        quietly(|job| spec.parse::<Spec>().unwrap().load(want(8, None), job)),
        &["no clips", "a folder for each clip"],
    );
}
