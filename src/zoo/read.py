

def read(path):
    """A .safetensors file as a dictionary of float32 tensors, and its metadata."""
    kinds = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    out = {}
    for name, about in header.items():
        if name == "__metadata__" or about["dtype"] not in kinds:
            continue
        start, end = about["data_offsets"]
        flat = torch.frombuffer(data[start:end], dtype=kinds[about["dtype"]])
        out[name] = flat.reshape(about["shape"]).float()
    return out, header["__metadata__"]
