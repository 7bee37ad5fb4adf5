//! Small files in every format of strangers, made here: for tests that cut, twist and poison them.
//!
//! Must not know: how they are read.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::Write;

/// A tensor of a made file.
pub(crate) type Made = (String, Vec<usize>, Vec<f32>);

/// A tiny DCGAN's generator: z of 4 to 16×16 grey pictures, with batch norms.
pub(crate) fn generator() -> Vec<Made> {
    let mut noise = zscope::nn::Noise::new(3, 0);
    let mut make = |name: &str, shape: &[usize]| -> Made {
        let count = shape.iter().product();
        let values = match name.rsplit('.').next().unwrap() {
            "running_var" => vec![1.0; count],
            _ => noise.normals(count).into_iter().map(|v| v * 0.3).collect(),
        };
        (name.into(), shape.into(), values)
    };
    let mut out = vec![make("main.0.weight", &[4, 8, 4, 4])];
    for (i, n) in [(1, 8), (4, 4)] {
        for leaf in ["weight", "bias", "running_mean", "running_var"] {
            out.push(make(&format!("main.{i}.{leaf}"), &[n]));
        }
        if i == 1 {
            out.push(make("main.3.weight", &[8, 4, 4, 4]));
        }
    }
    out.push(make("main.6.weight", &[4, 1, 4, 4]));
    out
}

fn word(out: &mut Vec<u8>, text: &str) {
    out.push(b'X');
    out.extend((text.len() as u32).to_le_bytes());
    out.extend(text.as_bytes());
}

fn int(out: &mut Vec<u8>, n: usize) {
    out.push(b'J');
    out.extend((n as i32).to_le_bytes());
}

/// Empty dictionary with its order, open for its items.
const DICT: &[u8] = b"ccollections\nOrderedDict\n)R(";

/// One tensor, of the storage of that number.
fn tensor(out: &mut Vec<u8>, i: usize, (_, shape, values): &Made, legacy: bool) {
    out.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
    word(out, "storage");
    out.extend(b"ctorch\nFloatStorage\n");
    word(out, &i.to_string());
    word(out, "cpu");
    int(out, values.len());
    if legacy {
        out.push(b'N');
    }
    out.extend(b"tQ");
    int(out, 0);
    out.push(b'(');
    shape.iter().for_each(|d| int(out, *d));
    out.extend(b"t(");
    for d in 0..shape.len() {
        int(out, shape[d + 1..].iter().product());
    }
    out.extend(b"t\x89ccollections\nOrderedDict\n)RtR");
}

/// `OrderedDict` of tensors, as torch.save pickles it.
pub(crate) fn pickled(tensors: &[Made], legacy: bool) -> Vec<u8> {
    let mut out = [b"\x80\x02", DICT].concat();
    for (i, made) in tensors.iter().enumerate() {
        word(&mut out, &made.0);
        tensor(&mut out, i, made, legacy);
    }
    out.extend(b"u.");
    out
}

/// Stride, padding and output padding of a layer, by its module's name.
pub(crate) type Geometry<'a> = &'a [(&'a str, [usize; 3])];

/// A whole model, as `torch.save(model, FILE)` pickles it: objects of classes that have parameters, buffers and modules, and
/// fields of their own.
pub(crate) fn pickled_whole(tensors: &[Made], geometry: Geometry<'_>) -> Vec<u8> {
    let mut out = b"\x80\x02".to_vec();
    module(&mut out, "", tensors, geometry);
    out.push(b'.');
    out
}

fn module(out: &mut Vec<u8>, path: &str, tensors: &[Made], geometry: Geometry<'_>) {
    out.extend(if path.is_empty() {
        b"c__main__\nGenerator\n".as_slice()
    } else {
        b"cmodels.layers\nLayer\n"
    });
    out.extend(b")\x81}(");
    word(out, "training");
    out.push(b'\x88');
    if let Some((_, numbers)) = geometry.iter().find(|g| path.strip_suffix('.') == Some(g.0)) {
        for (field, n) in ["stride", "padding", "output_padding"].into_iter().zip(numbers) {
            word(out, field);
            out.push(b'(');
            int(out, *n);
            int(out, *n);
            out.push(b't');
        }
        word(out, "transposed");
        out.push(b'\x88');
    }
    let below = |name: &str| name.strip_prefix(path).map(str::to_owned);
    for (group, running) in [("_parameters", false), ("_buffers", true)] {
        word(out, group);
        out.extend(DICT);
        for (i, made) in tensors.iter().enumerate() {
            let own =
                below(&made.0).filter(|leaf| !leaf.contains('.') && leaf.starts_with("running") == running);
            let Some(leaf) = own else { continue };
            word(out, &leaf);
            if !running {
                out.extend(b"ctorch._utils\n_rebuild_parameter\n(");
            }
            tensor(out, i, made, false);
            if !running {
                out.extend(b"\x88ccollections\nOrderedDict\n)RtR");
            }
        }
        out.push(b'u');
    }
    word(out, "_modules");
    out.extend(DICT);
    let mut seen = Vec::new();
    for child in tensors.iter().filter_map(|m| Some(below(&m.0)?.split_once('.')?.0.to_owned())) {
        if !seen.contains(&child) {
            word(out, &child);
            module(out, &format!("{path}{child}."), tensors, geometry);
            seen.push(child);
        }
    }
    out.extend(b"uub");
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// A zip of these files; `deflate`: compressed.
pub(crate) fn zipped(files: &[(String, Vec<u8>)], deflate: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut zip = rawzip::ZipArchiveWriter::new(&mut out);
    for (name, data) in files {
        let method =
            if deflate { rawzip::CompressionMethod::DEFLATE } else { rawzip::CompressionMethod::STORE };
        let (mut entry, config) = zip.new_file(name.as_str()).compression_method(method).start().unwrap();
        let descriptor = if deflate {
            let mut writer =
                config.wrap(flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::best()));
            writer.write_all(data).unwrap();
            let (encoder, descriptor) = writer.finish().unwrap();
            encoder.finish().unwrap();
            descriptor
        } else {
            let mut writer = config.wrap(&mut entry);
            writer.write_all(data).unwrap();
            writer.finish().unwrap().1
        };
        entry.finish(descriptor).unwrap();
    }
    zip.finish().unwrap();
    out
}

/// As torch.save writes today.
pub(crate) fn torch_zip(tensors: &[Made]) -> Vec<u8> {
    zip_of(pickled(tensors, false), tensors)
}

/// A pickle beside the storages of these tensors.
pub(crate) fn zip_of(pickle: Vec<u8>, tensors: &[Made]) -> Vec<u8> {
    let mut files = vec![("archive/data.pkl".to_string(), pickle)];
    files.push(("archive/byteorder".into(), b"little".to_vec()));
    for (i, (_, _, values)) in tensors.iter().enumerate() {
        files.push((format!("archive/data/{i}"), floats(values)));
    }
    files.push(("archive/version".into(), b"3\n".to_vec()));
    zipped(&files, false)
}

/// As torch.save wrote before 1.6.
pub(crate) fn torch_legacy(tensors: &[Made]) -> Vec<u8> {
    let mut out = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}(".to_vec();
    word(&mut out, "little_endian");
    out.extend(b"\x88u.");
    out.extend(pickled(tensors, true));
    out.extend(b"\x80\x02](");
    (0..tensors.len()).for_each(|i| word(&mut out, &i.to_string()));
    out.extend(b"e.");
    for (_, _, values) in tensors {
        out.extend((values.len() as u64).to_le_bytes());
        out.extend(floats(values));
    }
    out
}

/// `.npz`, by zscope's own writer.
pub(crate) fn npz(tensors: &[Made]) -> Vec<u8> {
    zscope::weights::write::npz(tensors, false).unwrap()
}

/// `.safetensors` without zscope's card.
pub(crate) fn safe(tensors: &[Made]) -> Vec<u8> {
    let data: Vec<Vec<u8>> = tensors.iter().map(|t| floats(&t.2)).collect();
    let views = tensors.iter().zip(&data).map(|(t, bytes)| {
        let view = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, t.1.clone(), bytes).unwrap();
        (t.0.clone(), view)
    });
    safetensors::serialize(views.collect::<Vec<_>>(), None).unwrap()
}

/// Burn's `.bpk`, in the layout that all these tensors share with it.
pub(crate) fn bpk(tensors: &[Made]) -> Vec<u8> {
    let made = tensors.iter().map(|(name, shape, values)| {
        let bytes = burn_pack::Bytes::from_bytes_vec(floats(values));
        burn_pack::Tensor::new(name.clone(), burn_pack::DType::F32, shape.clone(), None, bytes)
    });
    burn_pack::Writer::new(made.collect()).into_bytes().unwrap().to_vec()
}

fn mpk_text(out: &mut Vec<u8>, text: &str) {
    out.push(0xd9);
    out.push(text.len() as u8);
    out.extend(text.as_bytes());
}

fn mpk_fields(out: &mut Vec<u8>, tensors: &[(Vec<&str>, &Made)]) {
    let mut names: Vec<&str> = Vec::new();
    for (path, _) in tensors {
        if !names.contains(&path[0]) {
            names.push(path[0]);
        }
    }
    out.push(0x80 | names.len() as u8);
    for name in names {
        mpk_text(out, name);
        let below: Vec<_> =
            tensors.iter().filter(|(p, _)| p[0] == name).map(|(p, t)| (p[1..].to_vec(), *t)).collect();
        if !below[0].0.is_empty() {
            mpk_fields(out, &below);
            continue;
        }
        let (_, shape, values) = below[0].1;
        out.push(0x82);
        mpk_text(out, "id");
        mpk_text(out, "a parameter's number");
        mpk_text(out, "param");
        out.push(0x83);
        mpk_text(out, "bytes");
        let bytes = floats(values);
        out.push(0xc6);
        out.extend((bytes.len() as u32).to_be_bytes());
        out.extend(bytes);
        mpk_text(out, "shape");
        out.push(0x90 | shape.len() as u8);
        for d in shape {
            out.push(0xcd);
            out.extend((*d as u16).to_be_bytes());
        }
        mpk_text(out, "dtype");
        mpk_text(out, "F32");
    }
}

/// Burn's older `.mpk`, as NamedMpkFileRecorder wrote it.
pub(crate) fn mpk(tensors: &[Made]) -> Vec<u8> {
    let mut out = b"\x83\xa8metadata\x81".to_vec();
    mpk_text(&mut out, "version");
    mpk_text(&mut out, "0.17.0");
    mpk_text(&mut out, "item");
    let all: Vec<_> = tensors.iter().map(|t| (t.0.split('.').collect(), t)).collect();
    mpk_fields(&mut out, &all);
    mpk_text(&mut out, "_b");
    out.push(0x90);
    out
}

/// Anything under gzip.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// The same tensors in every format.
pub(crate) fn every(tensors: &[Made]) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("pt", torch_zip(tensors)),
        ("pth", torch_legacy(tensors)),
        ("npz", npz(tensors)),
        ("safetensors", safe(tensors)),
        ("bpk", bpk(tensors)),
        ("mpk", mpk(tensors)),
        ("mpk.gz", gzip(&mpk(tensors))),
        ("pt.gz", gzip(&torch_zip(tensors))),
        ("pt, whole model", zip_of(pickled_whole(tensors, &[("main.3", [2, 1, 0])]), tensors)),
    ]
}
