//! The two matrices of a model: dense, used where they lie in the file, or product-quantised.
//!
//! Sums run in single precision and in the order in which fastText adds, so that scores stay
//! equal on documents of any length.
use std::ops::Range;

use super::reader::Reader;
use crate::error::Result;

const CENTROIDS: usize = 256;
/// Quantised matrices up to this size are unpacked, which makes adding a row one vector addition
/// (lid.176.ftz: 3.2 MB); larger ones are summed from their codes.
const UNPACKED_BYTES: usize = 64 << 20;
/// Output matrices up to this size are turned (GlotLID: 2.2 MB of 1.7 GB).
const TURNED_BYTES: usize = 64 << 20;
/// Columns that are added, or rows that are multiplied, side by side: what fits the registers.
const SIDE: usize = 32;

pub enum Matrix {
    /// Row after row.
    Dense(Shape, Floats),
    Quantised(Shape, Quantised),
    /// `SIDE` rows at a time, column after column: products of all rows with one vector go side
    /// by side, each in its own order of additions. The rows that are left over stay dense.
    Turned(Shape, Vec<[f32; SIDE]>, Floats),
}

/// 32-bit floats as little-endian bytes: a part of the file, or bytes of our own.
pub enum Floats {
    InFile(Range<usize>),
    Own(Vec<u8>),
}

impl Floats {
    fn bytes<'a>(&'a self, file: &'a [u8]) -> &'a [u8] {
        match self {
            Floats::InFile(range) => &file[range.clone()],
            Floats::Own(bytes) => bytes,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    pub rows: usize,
    pub columns: usize,
}

/// `codes` has `parts` bytes a row, each the number of a centroid of `width` floats (the last
/// part may be narrower); with a norm quantiser each row is scaled by its own factor.
pub struct Quantised {
    codes: Range<usize>,
    parts: usize,
    width: usize,
    centroids: Vec<f32>,
    norms: Option<(Range<usize>, Vec<f32>)>,
}

impl Matrix {
    pub fn read_dense(reader: &mut Reader<'_>, part: &'static str) -> Result<Matrix> {
        let shape = read_shape(reader, part)?;
        let size = 4 * shape.columns as u64;
        let data = reader.range(part, shape.rows as i64, size)?;
        Ok(Matrix::Dense(shape, Floats::InFile(data)))
    }

    pub fn read_quantised(
        reader: &mut Reader<'_>,
        bytes: &[u8],
        part: &'static str,
    ) -> Result<Matrix> {
        let with_norms = reader.flag(part)?;
        let shape = read_shape(reader, part)?;
        let code_bytes = reader.int(part)?;
        let codes = reader.range(part, i64::from(code_bytes), 1)?;
        let (parts, width, centroids) = read_quantiser(reader, bytes, part, shape.columns)?;
        if codes.len() != shape.rows.saturating_mul(parts) {
            return Err(reader.invalid(part, i64::from(code_bytes)));
        }
        let norms = if with_norms {
            let codes = reader.range(part, shape.rows as i64, 1)?;
            Some((codes, read_quantiser(reader, bytes, part, 1)?.2))
        } else {
            None
        };
        let quantised = Quantised {
            codes,
            parts,
            width,
            centroids,
            norms,
        };
        Ok(Matrix::Quantised(shape, quantised))
    }

    /// The same matrix made ready for adding rows: unpacked where it is quantised and small.
    /// Not for products: the library scales a product by the row's norm at its end, once.
    pub fn for_sums(self, file: &[u8]) -> Matrix {
        match self {
            Matrix::Quantised(shape, quantised) => quantised.unpacked(shape, file),
            other => other,
        }
    }

    /// The same matrix made ready for products with all its rows: turned where it is dense and
    /// small.
    pub fn for_products(self, file: &[u8]) -> Matrix {
        match self {
            Matrix::Dense(shape, data) if data.bytes(file).len() <= TURNED_BYTES => {
                let width = shape.columns * 4;
                let bytes = data.bytes(file);
                let mut turned = Vec::with_capacity(shape.rows / SIDE * shape.columns);
                for block in bytes.chunks_exact(width * SIDE) {
                    for column in 0..shape.columns {
                        let at = |row| float(&block[row * width + column * 4..]);
                        turned.push(std::array::from_fn(at));
                    }
                }
                Matrix::Turned(shape, turned, data)
            }
            other => other,
        }
    }

    pub fn shape(&self) -> Shape {
        match self {
            Matrix::Dense(shape, _) | Matrix::Quantised(shape, _) | Matrix::Turned(shape, ..) => {
                *shape
            }
        }
    }

    /// Add these rows to `sum`, one after the other.
    pub fn add_rows(&self, file: &[u8], rows: &[u32], sum: &mut [f32]) {
        match self {
            Matrix::Dense(shape, data) | Matrix::Turned(shape, _, data) => {
                let bytes = data.bytes(file);
                // The usual dimension of language identifiers, and all the rest.
                match <&mut [f32; 16]>::try_from(&mut *sum) {
                    Ok(sum) => add_columns(bytes, shape, 0, rows, sum),
                    Err(_) => add_wide(bytes, shape, rows, sum),
                }
            }
            Matrix::Quantised(_, quantised) => {
                for row in rows {
                    quantised.add_row(file, *row as usize, sum);
                }
            }
        }
    }

    /// The product of one row with a vector.
    pub fn dot_row(&self, file: &[u8], row: usize, vector: &[f32]) -> f32 {
        match self {
            Matrix::Dense(shape, data) | Matrix::Turned(shape, _, data) => {
                let width = shape.columns * 4;
                let values = floats(&data.bytes(file)[row * width..][..width]);
                values.zip(vector).fold(0.0, |sum, (v, x)| sum + v * x)
            }
            Matrix::Quantised(_, quantised) => quantised.dot_row(file, row, vector),
        }
    }

    /// The products of all rows with a vector.
    pub fn dot_all(&self, file: &[u8], vector: &[f32], products: &mut Vec<f32>) {
        products.clear();
        if let Matrix::Turned(shape, turned, _) = self {
            for block in turned.chunks_exact(shape.columns) {
                let mut sums = [0.0_f32; SIDE];
                for (values, x) in block.iter().zip(vector) {
                    for side in 0..SIDE {
                        sums[side] += values[side] * x;
                    }
                }
                products.extend_from_slice(&sums);
            }
        }
        let left = products.len()..self.shape().rows;
        products.extend(left.map(|row| self.dot_row(file, row, vector)));
    }
}

impl Quantised {
    fn unpacked(self, shape: Shape, file: &[u8]) -> Matrix {
        let size = shape.rows.saturating_mul(shape.columns).saturating_mul(4);
        if size > UNPACKED_BYTES {
            return Matrix::Quantised(shape, self);
        }
        let mut bytes = Vec::with_capacity(size);
        let mut values = vec![0.0_f32; shape.columns];
        for row in 0..shape.rows {
            values.fill(0.0);
            self.add_row(file, row, &mut values);
            values
                .iter()
                .for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
        }
        Matrix::Dense(shape, Floats::Own(bytes))
    }

    fn norm(&self, bytes: &[u8], row: usize) -> f32 {
        match &self.norms {
            Some((codes, centroids)) => centroids[bytes[codes.start + row] as usize],
            None => 1.0,
        }
    }

    /// The centroid of each part of a row, and the column where it begins.
    fn centroids<'a>(
        &'a self,
        bytes: &'a [u8],
        row: usize,
        columns: usize,
    ) -> impl Iterator<Item = (usize, &'a [f32])> {
        let codes = &bytes[self.codes.start + row * self.parts..][..self.parts];
        codes.iter().enumerate().map(move |(part, code)| {
            let column = part * self.width;
            let width = self.width.min(columns - column);
            let start = column * CENTROIDS + *code as usize * width;
            (column, &self.centroids[start..start + width])
        })
    }

    fn add_row(&self, bytes: &[u8], row: usize, sum: &mut [f32]) {
        let norm = self.norm(bytes, row);
        let columns = sum.len();
        for (column, centroid) in self.centroids(bytes, row, columns) {
            let sums = sum[column..].iter_mut();
            sums.zip(centroid).for_each(|(s, c)| *s += norm * c);
        }
    }

    fn dot_row(&self, bytes: &[u8], row: usize, vector: &[f32]) -> f32 {
        let mut product = 0.0;
        for (column, centroid) in self.centroids(bytes, row, vector.len()) {
            let pairs = vector[column..].iter().zip(centroid);
            product = pairs.fold(product, |sum, (x, c)| sum + x * c);
        }
        product * self.norm(bytes, row)
    }
}

fn add_wide(bytes: &[u8], shape: &Shape, rows: &[u32], sum: &mut [f32]) {
    let mut column = 0;
    let mut blocks = sum.chunks_exact_mut(SIDE);
    for block in &mut blocks {
        if let Ok(block) = <&mut [f32; SIDE]>::try_from(block) {
            add_columns(bytes, shape, column, rows, block);
        }
        column += SIDE;
    }
    for value in blocks.into_remainder() {
        add_columns(bytes, shape, column, rows, std::array::from_mut(value));
        column += 1;
    }
}

/// Add `N` columns of these rows, held in registers.
fn add_columns<const N: usize>(
    bytes: &[u8],
    shape: &Shape,
    column: usize,
    rows: &[u32],
    sum: &mut [f32; N],
) {
    let mut held = *sum;
    for row in rows {
        let start = (*row as usize * shape.columns + column) * 4;
        let values = &bytes[start..start + N * 4];
        for (at, value) in held.iter_mut().enumerate() {
            *value += float(&values[at * 4..]);
        }
    }
    *sum = held;
}

#[inline]
fn float(bytes: &[u8]) -> f32 {
    f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> {
    bytes.chunks_exact(4).map(float)
}

fn read_shape(reader: &mut Reader<'_>, part: &'static str) -> Result<Shape> {
    let rows = reader.long(part)?;
    let columns = reader.long(part)?;
    let limit = i64::from(i32::MAX);
    for value in [rows, columns] {
        if !(1..=limit).contains(&value) {
            return Err(reader.invalid(part, value));
        }
    }
    Ok(Shape {
        rows: rows as usize,
        columns: columns as usize,
    })
}

/// Number of parts, width of a part, and the centroids of all parts.
fn read_quantiser(
    reader: &mut Reader<'_>,
    bytes: &[u8],
    part: &'static str,
    columns: usize,
) -> Result<(usize, usize, Vec<f32>)> {
    let dimension = reader.int(part)?;
    let parts = reader.int(part)?;
    let width = reader.int(part)?;
    let last_width = reader.int(part)?;
    if dimension as usize != columns || dimension < 1 || width < 1 || width > dimension {
        return Err(reader.invalid(part, i64::from(width)));
    }
    let (dimension, width) = (dimension as usize, width as usize);
    let expected = dimension.div_ceil(width);
    if parts as usize != expected || last_width as usize != dimension - (expected - 1) * width {
        return Err(reader.invalid(part, i64::from(parts)));
    }
    let range = reader.range(part, dimension as i64, 4 * CENTROIDS as u64)?;
    Ok((expected, width, floats(&bytes[range]).collect()))
}
