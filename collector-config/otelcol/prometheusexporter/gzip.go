// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusexporter

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"sync"

	"github.com/klauspost/compress/flate"
)

// deflaters are shared by all endpoints, because each takes a megabyte.
var deflaters = sync.Pool{New: func() any {
	deflater, _ := flate.NewWriter(nil, flate.BestSpeed) // fails for unknown levels only
	return deflater
}}

// RFC 1952: deflate, no name, no time, unknown system.
var gzipHeader = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}

// A last block without content, as RFC 1951 codes it.
var lastBlock = []byte{3, 0}

// compress appends deflate blocks that end on a byte's border, none of them the last, and returns the plain text's check sum.
func compress(to, plain []byte) ([]byte, uint32) {
	if len(plain) == 0 {
		return to, 0
	}
	deflater := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(deflater)
	buffer := bytes.NewBuffer(to)
	deflater.Reset(buffer)
	// A buffer takes everything.
	_, _ = deflater.Write(plain)
	_ = deflater.Flush()
	return buffer.Bytes(), crc32.ChecksumIEEE(plain)
}

// assemble makes one gzip stream of pieces that were compressed apart from each other, so that only those that changed are compressed
// again.
func assemble(units []*unit) []byte {
	var sum uint32
	length, size := 0, len(gzipHeader)+len(lastBlock)+8
	for _, u := range units {
		u.press()
		sum = combine(sum, u.sum, len(u.plain))
		length += len(u.plain)
		size += len(u.compressed)
	}
	stream := append(make([]byte, 0, size), gzipHeader...)
	for _, u := range units {
		stream = append(stream, u.compressed...)
	}
	stream = append(stream, lastBlock...)
	stream = binary.LittleEndian.AppendUint32(stream, sum)
	return binary.LittleEndian.AppendUint32(stream, uint32(length))
}

// combine returns the CRC-32 of two texts, one after the other; length is that of the second in bytes. As in zlib's crc32_combine,
// the first sum is multiplied by x^(8·length) modulo the polynomial.
func combine(first, second uint32, length int) uint32 {
	if length == 0 {
		return first
	}
	power, factor := uint32(1)<<31, byteShifts
	for i := 0; length > 0; i, length = i+1, length>>1 {
		if length&1 != 0 {
			power = multiply(factor[i], power)
		}
	}
	return multiply(power, first) ^ second
}

// byteShifts holds x^(8·2^i) modulo the polynomial.
var byteShifts = func() (shifts [32]uint32) {
	shifts[0] = 1 << (31 - 8)
	for i := 1; i < len(shifts); i++ {
		shifts[i] = multiply(shifts[i-1], shifts[i-1])
	}
	return shifts
}()

// multiply multiplies polynomials over GF(2) modulo that of CRC-32, with the lowest power in the highest bit.
func multiply(a, b uint32) (product uint32) {
	for bit := uint32(1) << 31; a != 0; bit >>= 1 {
		if a&bit != 0 {
			product ^= b
			a &^= bit
		}
		if b&1 != 0 {
			b = b>>1 ^ crc32.IEEE
		} else {
			b >>= 1
		}
	}
	return product
}
