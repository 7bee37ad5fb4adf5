//! Labels beside a folder of pictures, pictures known by their content alone, and the real CMU faces where they are at
//! hand.
//!
//! Must not know: models, the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::data::{check_columns, picture, put, quietly, whole};
use std::path::{Path, PathBuf};
use zscope::data::{AttributeKind, Dataset, Split, folder};

fn load(dir: &Path) -> Dataset {
    quietly(|job| folder::load(dir, whole(16, None), job)).unwrap()
}

fn names(split: &Split) -> Vec<&str> {
    split.attributes.iter().map(|a| a.name.as_str()).collect()
}

#[test]
fn a_table_beside_the_pictures_becomes_attributes() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..5u8 {
        picture(&dir, &format!("in/{i}.png"), 8, 8, [i * 40, 0, 9]);
    }
    picture(&dir, "in/unnamed.png", 8, 8, [0; 3]);
    let table = "file,smile,sign,\"mood, of the day\",age,label,always,who\n\
                 in/0.png,1,-1,glad,30,3,x,a\nin/1.png,0,1,\"so, so\",40.5,5,x,b\n1.png,1,1,glad,1,1,x,b\n\
                 2.png,0,-1,glad,20,3,x,a\n./in/3.png,1,1,sad,25,3,x,a\nin\\4.png,1,1,sad,7,5,x,\nshort,1\n9.png,1,1,sad,7,5,x,b\n";
    put(&dir, "labels.csv", table.as_bytes());
    let set = load(dir.path());
    assert_eq!((set.train.pictures.len(), set.test.pictures.len()), (5, 0));
    assert_eq!(names(&set.train), ["smile", "sign", "mood, of the day", "age", "label", "who"]);
    check_columns(&set.train);
    check_columns(&set.test);
    let column = |i: usize| (&set.train.attributes[i].kind, &set.train.attributes[i].values[..]);
    assert_eq!(column(0), (&AttributeKind::Binary, &[1.0, 0.0, 0.0, 1.0, 1.0][..]));
    assert_eq!(column(1), (&AttributeKind::Binary, &[0.0, 1.0, 0.0, 1.0, 1.0][..]));
    let classes = |all: &[&str]| AttributeKind::Class(all.iter().map(|s| s.to_string()).collect());
    assert_eq!(column(2), (&classes(&["glad", "sad", "so, so"]), &[0.0, 2.0, 0.0, 1.0, 1.0][..]));
    assert_eq!(
        column(3),
        (&AttributeKind::Continuous { min: 7.0, max: 40.5 }, &[30.0, 40.5, 20.0, 25.0, 7.0][..])
    );
    assert_eq!(column(4), (&classes(&["3", "5"]), &[0.0, 1.0, 0.0, 0.0, 1.0][..]));
    assert_eq!(set.train.attributes[5].kind, classes(&["none", "a", "b"]));
    let why: Vec<_> = set.skipped.iter().map(|s| s.reason.as_str()).collect();
    assert!(why.iter().any(|w| w.contains("1 of its lines") && w.contains("line 8")), "{why:?}");
    assert!(why.iter().any(|w| w.contains("does not name it")), "{why:?}");
    assert!(why.iter().any(|w| w.contains("are not in the folder")), "{why:?}");
}

#[test]
fn a_table_of_other_pictures_is_not_used() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..5u8 {
        picture(&dir, &format!("in/{i}.png"), 8, 8, [i * 40, 0, 9]);
    }
    put(&dir, "labels.tsv", b"file\tsmile\n0.png\t1\n1.png\t0\nelsewhere.png\t1\n");
    let set = load(dir.path());
    assert_eq!((set.train.pictures.len(), names(&set.train).len()), (5, 0));
    assert!(set.skipped[0].reason.contains("only 2 of the 5"), "{:?}", set.skipped);
    // In the folder above it may be about something else: no word of it.
    assert!(load(&dir.path().join("in")).skipped.is_empty());
    put(&dir, "labels.tsv", b"file\tsmile\n0.png\t1\n1.png\t0\n2.png\t0\n3.png\t0\n4.png\t1\n");
    assert_eq!(names(&load(&dir.path().join("in")).train), ["smile"]);
    put(&dir, "labels.tsv", b"no columns here\n");
    let set = load(dir.path());
    assert!(
        names(&set.train).is_empty() && set.skipped[0].reason.contains("none of its cells names a picture"),
        "{:?}",
        set.skipped
    );
}

#[test]
fn pictures_without_a_known_extension_are_read_by_content() {
    let dir = tempfile::tempdir().unwrap();
    // The Yale faces are GIFs called so.
    for (i, mood) in ["happy", "sad", "sleepy", "wink", "normal", "glasses", "centerlight"].iter().enumerate()
    {
        picture(&dir, "x.gif", 12, 9, [20 + 30 * i as u8; 3]);
        std::fs::rename(dir.path().join("x.gif"), dir.path().join(format!("subject01.{mood}"))).unwrap();
    }
    put(&dir, "P2", b"P2\n# ASCII, not white at its own maximum\n2 2\n100\n50 50 50 50\n");
    put(&dir, "an2i_straight.bad", &[b"P5\n3 2\n156\n".as_slice(), &[78; 6]].concat());
    let mut cut = std::fs::read(dir.path().join("subject01.sad")).unwrap();
    cut.truncate(40);
    put(&dir, "subject02.sad", &cut);
    put(&dir, "Readme", b"Yale faces");
    let set = load(dir.path());
    assert_eq!((set.train.pictures.len() + set.test.pictures.len(), set.train.pictures.channels), (9, 1));
    // Sorted: P2, an2i, then subject01.centerlight …
    let first = |i: usize| set.train.pictures.get(i).unwrap()[0];
    assert!(first(0).abs_diff(128) <= 1 && first(1).abs_diff(128) <= 1, "{} {}", first(0), first(1));
    assert_eq!(first(2), 200);
    let skipped: Vec<_> = set.skipped.iter().map(|s| s.path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(skipped, ["subject02.sad"]);
}

#[test]
fn the_real_cmu_faces_have_their_labels() {
    let shared = std::env::var_os("ZSCOPE_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let dir = shared.join("data/cmu_faces");
    if !dir.join("labels.tsv").is_file() {
        println!("skipped: no {} (set ZSCOPE_SHARED to the folder that has data/cmu_faces)", dir.display());
        return;
    }
    for dir in [dir.clone(), dir.join("half_64x60")] {
        let set = load(&dir);
        assert_eq!(set.train.pictures.len() + set.test.pictures.len(), 624);
        assert_eq!(set.train.pictures.channels, 1);
        assert_eq!(names(&set.train), ["person", "pose", "expression", "eyes", "smile", "glasses"]);
        let count = |i: usize| -> f32 {
            [&set.train, &set.test].iter().flat_map(|split| &split.attributes[i].values).sum()
        };
        assert_eq!((count(4), count(5)), (155.0, 311.0), "smiles and glasses, as the source counts them");
        match &set.train.attributes[0].kind {
            AttributeKind::Class(people) => assert_eq!(people.len(), 20),
            other => panic!("{other:?}"),
        }
        assert!(set.skipped.is_empty(), "{:?}", set.skipped);
    }
}

#[test]
fn drawn_faces_come_with_label_maps() {
    let spec: zscope::data::spec::Spec = "faces-labels:60".parse().unwrap();
    let set = quietly(|job| spec.load(crate::data::want(64, Some(3)), job)).unwrap();
    let labels = set.train.label_maps().unwrap();
    assert_eq!((labels.maps.len(), labels.maps.channels, labels.maps.width), (60, 1, 64));
    assert_eq!(set.test.label_maps().unwrap().maps.len(), set.test.pictures.len());
    let class = |name: &str| labels.legend.iter().position(|l| l.name == name).unwrap() as u8;
    let has =
        |name: &str, i: usize| set.train.attributes.iter().find(|a| a.name == name).unwrap().values[i] > 0.5;
    let (mut apart, mut within) = (0.0, 0.0);
    for i in 0..60 {
        let (map, picture) = (labels.maps.get(i).unwrap(), set.train.pictures.get(i).unwrap());
        assert!(map.iter().all(|v| usize::from(*v) < labels.legend.len()), "map {i} has only classes");
        let count = |name: &str| map.iter().filter(|v| **v == class(name)).count();
        assert_eq!(count("glasses") > 0, has("Eyeglasses", i), "glasses of face {i}");
        assert_eq!(count("hat") > 0, has("Wearing_Hat", i), "hat of face {i}");
        assert!(count("skin") > 200 && count("background") > 300, "face {i}: {} skin", count("skin"));
        assert_eq!(labels.coloured(i).unwrap().len(), 64 * 64 * 3);
        // The variance of the colours within classes is a small part of that of the whole picture.
        let spread = |keep: &dyn Fn(u8) -> bool| -> f32 {
            let of = |c: usize| {
                let all = map.iter().zip(picture.chunks(3)).filter(|(m, _)| keep(**m));
                let all: Vec<f32> = all.map(|(_, p)| f32::from(p[c])).collect();
                let mean = all.iter().sum::<f32>() / all.len().max(1) as f32;
                all.iter().map(|v| (v - mean).powi(2)).sum::<f32>()
            };
            (0..3).map(of).sum()
        };
        apart += spread(&|_| true);
        within += (0..12).map(|k| spread(&|m| m == k)).sum::<f32>();
    }
    assert!(within < 0.4 * apart, "{within} within classes, {apart} in all");
}

#[test]
fn label_maps_are_mirrored_with_their_pictures() {
    let spec: zscope::data::spec::Spec = "faces-labels:8?mirror=on".parse().unwrap();
    let set = quietly(|job| spec.load(crate::data::want(32, Some(3)), job)).unwrap();
    let maps = &set.train.label_maps().unwrap().maps;
    assert_eq!(maps.len(), set.train.pictures.len());
    let (one, other) = (maps.get(0).unwrap(), maps.get(maps.len() / 2).unwrap());
    let turned: Vec<u8> = one.chunks(32).flat_map(|row| row.iter().rev().copied()).collect();
    assert_eq!(turned, other.into_owned());
}

/// Two domains of faces that are no partners, and of each world the true translation of any face.
#[test]
fn unpaired_worlds_have_a_secret() {
    use zscope::data::faces::{Correlation, TRAIN_SEED, World, dusk, sample};
    for (name, world) in [("dusk", World::Dusk), ("pencil", World::Pencil), ("sunglasses", World::Sunglasses)]
    {
        let spec: zscope::data::spec::Spec = format!("faces-{name}:24").parse().unwrap();
        let set = quietly(|job| spec.load(crate::data::want(32, Some(3)), job)).unwrap();
        let other = &set.domains[0];
        assert_eq!(other.name, world.names()[1]);
        assert_eq!((set.train.pictures.len(), other.train.pictures.len()), (24, 24), "{name}");
        assert_eq!(other.test.pictures.len(), set.test.pictures.len(), "{name}");
        assert!(set.offers().contains(&zscope::data::Offer::Domains));
        let truths: Vec<Vec<u8>> = (0..24)
            .map(|i| world.picture(&sample(TRAIN_SEED, i, Correlation::CelebaLike), true, 32))
            .collect();
        for i in 0..24 {
            let face = sample(TRAIN_SEED, i as u64, Correlation::CelebaLike);
            assert_eq!(*set.train.pictures.get(i).unwrap(), world.picture(&face, false, 32), "{name} {i}");
            let far = other.train.pictures.get(i).unwrap().into_owned();
            assert!(!truths.contains(&far), "{name}: face {i} of the second domain has a partner");
            if world == World::Dusk {
                let day = set.train.pictures.get(i).unwrap();
                let dusky: Vec<u8> = day.chunks(3).flat_map(|p| dusk([p[0], p[1], p[2]])).collect();
                assert_eq!(dusky, truths[i], "dusk is a function of the pixel");
            }
        }
    }
}

/// A PNG with a palette of so many bits, whose pixels are the rows' numbers.
fn indexed(rows: &[&[u8]], palette: &[[u8; 3]]) -> Vec<u8> {
    use std::io::Write;
    let chunk = |name: &[u8], data: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(name);
        crc.update(data);
        let (length, sum) = ((data.len() as u32).to_be_bytes(), crc.sum().to_be_bytes());
        [length.as_slice(), name, data, &sum].concat()
    };
    let size = [rows[0].len() as u32, rows.len() as u32].map(u32::to_be_bytes).concat();
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    rows.iter().for_each(|row| packed.write_all(&[&[0], *row].concat()).unwrap());
    let head = [size.as_slice(), &[8, 3, 0, 0, 0]].concat();
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &head),
        chunk(b"PLTE", palette.as_flattened()),
        chunk(b"IDAT", &packed.finish().unwrap()),
        chunk(b"IEND", &[]),
    ]
    .concat()
}

/// Maps of one's own: palettes, in which one colour may stand twice, and grey values; what has no partner, another size, colours or an
/// unknown class is left out with a word, and legends say what the classes are.
#[test]
fn label_maps_of_ones_own() {
    let dir = tempfile::tempdir().unwrap();
    for (name, side) in [("a", 4), ("b", 4), ("c", 4), ("wide", 8), ("alone", 4), ("far", 4)] {
        picture(&dir, &format!("images/{name}.jpg"), side, 4, [90, 60, 30]);
    }
    let black_twice = [[0; 3], [200, 0, 0], [0; 3], [9, 9, 9]];
    let rows: [&[u8]; 4] = [&[0, 0, 2, 2], &[0, 1, 2, 2], &[0, 1, 1, 2], &[1, 1, 1, 1]];
    put(&dir, "labels/a.png", &indexed(&rows, &black_twice));
    put(&dir, "labels/wide.png", &indexed(&rows, &black_twice));
    put(&dir, "labels/far.png", &indexed(&[&[3u8, 3, 3, 3][..]; 4], &black_twice));
    let grey = image::GrayImage::from_fn(4, 4, |x, _| image::Luma([x as u8 % 3]));
    grey.save(dir.path().join("labels/b.png")).unwrap();
    picture(&dir, "labels/c.png", 4, 4, [1, 2, 3]);
    let load = |size: usize| {
        let spec: zscope::data::Spec = format!("labels:{}?hold=0", dir.path().display()).parse().unwrap();
        quietly(|job| spec.load(crate::data::want(size, Some(3)), job))
    };
    let set = load(4).unwrap();
    let labels = set.train.label_maps().unwrap();
    assert_eq!(*labels.maps.get(0).unwrap(), *rows.concat(), "indices, though two have one colour");
    assert_eq!(labels.maps.get(1).unwrap()[..4], [0, 1, 2, 0]);
    assert_eq!((labels.maps.len(), set.train.pictures.len(), labels.legend.len()), (3, 3, 4));
    assert_eq!((labels.legend[1].name.as_str(), labels.legend[1].colour), ("class 1", [200, 0, 0]));
    let why: Vec<_> = set.skipped.iter().map(|s| s.reason.as_str()).collect();
    for said in ["no partner", "4×4 pixels, and its picture of 8×4", "in colours"] {
        assert!(why.iter().any(|w| w.contains(said)), "{said}: {why:?}");
    }
    assert!(set.offers().contains(&zscope::data::Offer::LabelMaps));
    // Larger, each pixel is one of the file's.
    assert_eq!(
        load(8).unwrap().train.label_maps().unwrap().maps.get(0).unwrap()[..8],
        [0, 0, 0, 0, 2, 2, 2, 2]
    );
    put(&dir, "legend.csv", b"index,name,colour\n0,sky,#4060ff\n2,sea,004080\n");
    let set = load(4).unwrap();
    let legend = &set.train.label_maps().unwrap().legend;
    let names: Vec<_> = legend.iter().map(|l| l.name.as_str()).collect();
    assert_eq!((names, legend[2].colour), (vec!["sky", "class 1", "sea"], [0, 64, 128]));
    assert_eq!(set.train.pictures.len(), 2);
    assert!(set.skipped.iter().any(|s| s.reason.contains("class 3, which legend.csv does not name")));
    put(&dir, "legend.csv", b"0,sky,blue\n");
    assert!(load(4).unwrap_err().to_string().contains("line 1 is no index"));
}
