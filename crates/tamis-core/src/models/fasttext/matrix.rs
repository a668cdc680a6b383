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

pub enum Matrix {
    /// 32-bit floats in the file, row after row.
    Dense(Shape, Range<usize>),
    Unpacked(Shape, Vec<f32>),
    Quantised(Shape, Quantised),
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
        Ok(Matrix::Dense(shape, data))
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
    pub fn for_sums(self, bytes: &[u8]) -> Matrix {
        match self {
            Matrix::Quantised(shape, quantised) => quantised.unpacked(shape, bytes),
            other => other,
        }
    }

    pub fn shape(&self) -> Shape {
        match self {
            Matrix::Dense(shape, _) | Matrix::Unpacked(shape, _) | Matrix::Quantised(shape, _) => {
                *shape
            }
        }
    }

    /// Add these rows to `sum`, one after the other.
    pub fn add_rows(&self, bytes: &[u8], rows: &[u32], sum: &mut [f32]) {
        match self {
            Matrix::Unpacked(shape, values) if shape.columns == 16 => {
                add_narrow_rows::<16>(values, rows, sum);
            }
            Matrix::Unpacked(shape, values) => {
                for row in rows {
                    let start = *row as usize * shape.columns;
                    let values = &values[start..start + shape.columns];
                    sum.iter_mut().zip(values).for_each(|(s, v)| *s += v);
                }
            }
            Matrix::Dense(shape, data) => {
                for row in rows {
                    let values = floats(dense_row(bytes, shape, data, *row as usize));
                    sum.iter_mut().zip(values).for_each(|(s, v)| *s += v);
                }
            }
            Matrix::Quantised(_, quantised) => {
                for row in rows {
                    quantised.add_row(bytes, *row as usize, sum);
                }
            }
        }
    }

    /// The product of one row with a vector.
    pub fn dot_row(&self, bytes: &[u8], row: usize, vector: &[f32]) -> f32 {
        match self {
            Matrix::Dense(shape, data) => {
                let values = floats(dense_row(bytes, shape, data, row));
                values.zip(vector).fold(0.0, |sum, (v, x)| sum + v * x)
            }
            Matrix::Unpacked(shape, values) => {
                let values = &values[row * shape.columns..][..shape.columns];
                values
                    .iter()
                    .zip(vector)
                    .fold(0.0, |sum, (v, x)| sum + v * x)
            }
            Matrix::Quantised(_, quantised) => quantised.dot_row(bytes, row, vector),
        }
    }

    /// The products of all rows with a vector. Eight rows go side by side: each sum keeps its
    /// order of additions, and the processor need not wait for one to go on with the next.
    pub fn dot_all(&self, bytes: &[u8], vector: &[f32], products: &mut Vec<f32>) {
        const SIDE: usize = 8;
        products.clear();
        let mut row = 0;
        if let Matrix::Dense(shape, data) = self {
            while row + SIDE <= shape.rows {
                let mut sums = [0.0_f32; SIDE];
                let mut rows: [_; SIDE] =
                    std::array::from_fn(|side| floats(dense_row(bytes, shape, data, row + side)));
                for x in vector {
                    for (sum, values) in sums.iter_mut().zip(&mut rows) {
                        *sum += values.next().unwrap_or(0.0) * x;
                    }
                }
                products.extend_from_slice(&sums);
                row += SIDE;
            }
        }
        products.extend((row..self.shape().rows).map(|row| self.dot_row(bytes, row, vector)));
    }
}

impl Quantised {
    fn unpacked(self, shape: Shape, bytes: &[u8]) -> Matrix {
        let size = shape.rows.saturating_mul(shape.columns).saturating_mul(4);
        if size > UNPACKED_BYTES {
            return Matrix::Quantised(shape, self);
        }
        let mut values = vec![0.0; shape.rows * shape.columns];
        for (row, values) in values.chunks_exact_mut(shape.columns).enumerate() {
            self.add_row(bytes, row, values);
        }
        Matrix::Unpacked(shape, values)
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

fn add_narrow_rows<const N: usize>(values: &[f32], rows: &[u32], sum: &mut [f32]) {
    let Ok(sum) = <&mut [f32; N]>::try_from(sum) else {
        return;
    };
    let mut held = *sum;
    for row in rows {
        let row = &values[*row as usize * N..][..N];
        for column in 0..N {
            held[column] += row[column];
        }
    }
    *sum = held;
}

fn dense_row<'a>(bytes: &'a [u8], shape: &Shape, data: &Range<usize>, row: usize) -> &'a [u8] {
    &bytes[data.start + row * shape.columns * 4..][..shape.columns * 4]
}

fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> {
    bytes
        .chunks_exact(4)
        .map(|value| f32::from_le_bytes([value[0], value[1], value[2], value[3]]))
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
