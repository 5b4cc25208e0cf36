"""Reads TensorBoard event files with nothing but the standard library: TFRecord framing, masked CRC-32C, protobuf wire
format. Written from the format's description, apart from the writer."""
import struct


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 * (crc & 1))
    return crc ^ 0xFFFFFFFF


def check(data, stored, what):
    crc = crc32c(data)
    masked = (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF
    if masked != struct.unpack('<I', stored)[0]:
        raise ValueError(f'wrong checksum of {what}')


def records(content):
    at = 0
    while at < len(content):
        header = content[at:at + 8]
        check(header, content[at + 8:at + 12], 'a length')
        size = struct.unpack('<Q', header)[0]
        body = content[at + 12:at + 12 + size]
        if len(body) != size:
            raise ValueError('a record is cut off')
        check(body, content[at + 12 + size:at + 16 + size], 'a record')
        yield body
        at += 16 + size


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def fields(data):
    """(number, value) of each field of a message."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        wire = key & 7
        if wire == 0:
            value, at = varint(data, at)
        elif wire == 1:
            value, at = struct.unpack('<d', data[at:at + 8])[0], at + 8
        elif wire == 5:
            value, at = struct.unpack('<f', data[at:at + 4])[0], at + 4
        elif wire == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            raise ValueError(f'wire type {wire}')
        yield key >> 3, value


def events(path):
    """[{"wall_time", "step", "file_version" or "scalars": {tag: value}}] of a file."""
    out = []
    for record in records(open(path, 'rb').read()):
        event = {'step': 0, 'scalars': {}}
        for number, value in fields(record):
            if number == 1:
                event['wall_time'] = value
            elif number == 2:
                event['step'] = value
            elif number == 3:
                event['file_version'] = value.decode()
            elif number == 5:
                for _, summary_value in fields(value):
                    parts = dict(fields(summary_value))
                    event['scalars'][parts[1].decode()] = parts[2]
        out.append(event)
    return out
