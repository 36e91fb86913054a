//! Where things are on the canvas: rows of the lists, and the lines between them. Rows have one height, so that every place is
//! computed, also of rows that are not drawn.

use egui::{Pos2, Rect, Vec2};

/// Height of a row.
pub(super) const ROW: f32 = crate::gui::theme::ROW;

/// Points of a wire.
pub(super) const POINTS: usize = 20;

/// How near to a wire the pointer must be.
const NEAR: f32 = 6.0;

/// Where both lists are and how far they are scrolled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Board {
    /// What is seen of the columns.
    pub columns: Rect,
    /// How far they are scrolled.
    pub column_offset: f32,
    /// What is seen of the fields.
    pub fields: Rect,
    /// How far they are scrolled.
    pub field_offset: f32,
    /// Right edge of the source card, where wires begin.
    pub left: f32,
    /// Left edge of the target card, where wires end.
    pub right: f32,
}

/// One end of a wire.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum End {
    /// Its row is seen; the middle of its height.
    Seen(f32),
    /// Its row is above what is seen.
    Above,
    /// Its row is below what is seen.
    Below,
    /// Its row is not listed.
    Hidden,
}

impl Board {
    /// The end of a wire at a column of that place in the list.
    pub(super) fn column_end(&self, place: Option<usize>) -> End {
        end(place, self.columns, self.column_offset)
    }

    /// The end of a wire at a field of that place in the list.
    pub(super) fn field_end(&self, place: Option<usize>) -> End {
        end(place, self.fields, self.field_offset)
    }

    /// The place in the list of columns under the pointer.
    pub(super) fn column_under(&self, at: Pos2) -> Option<usize> {
        let wide = Rect::from_x_y_ranges(self.columns.left()..=self.left + 10.0, self.columns.y_range());
        wide.contains(at).then(|| ((at.y - self.columns.top() + self.column_offset) / ROW) as usize)
    }

    /// The place in the list of fields under the pointer.
    pub(super) fn field_under(&self, at: Pos2) -> Option<usize> {
        let wide = Rect::from_x_y_ranges(self.right - 10.0..=self.fields.right(), self.fields.y_range());
        wide.contains(at).then(|| ((at.y - self.fields.top() + self.field_offset) / ROW) as usize)
    }

    /// What lies between the cards.
    pub(super) fn gutter(&self) -> Rect {
        let heights = self.columns.y_range().intersection(self.fields.y_range());
        Rect::from_x_y_ranges(self.left..=self.right, heights)
    }

    /// The points of a wire; `None` where nothing of it is seen.
    pub(super) fn wire(&self, column: End, field: End) -> Option<[Pos2; POINTS]> {
        let from = at_edge(column, self.columns);
        let to = at_edge(field, self.fields);
        match (column, field) {
            (End::Seen(_), _) | (_, End::Seen(_)) => {}
            _ => return None,
        }
        Some(match (from, to) {
            (Some(from), Some(to)) => curve(Pos2::new(self.left, from), Pos2::new(self.right, to)),
            // The other end is not listed: a stub says that there is one.
            (Some(from), None) => curve(Pos2::new(self.left, from), Pos2::new(self.left + STUB, from)),
            (None, Some(to)) => curve(Pos2::new(self.right - STUB, to), Pos2::new(self.right, to)),
            (None, None) => return None,
        })
    }
}

/// Length of a wire whose other end is not listed.
const STUB: f32 = 22.0;

fn end(place: Option<usize>, seen: Rect, offset: f32) -> End {
    let Some(place) = place else { return End::Hidden };
    let y = seen.top() + place as f32 * ROW - offset + ROW / 2.0;
    // A row that is cut at the edge still takes its wire.
    if y < seen.top() - 2.0 {
        End::Above
    } else if y > seen.bottom() + 2.0 {
        End::Below
    } else {
        End::Seen(y)
    }
}

fn at_edge(end: End, seen: Rect) -> Option<f32> {
    match end {
        End::Seen(y) => Some(y),
        End::Above => Some(seen.top()),
        End::Below => Some(seen.bottom()),
        End::Hidden => None,
    }
}

/// A line that leaves and arrives level.
pub(super) fn curve(from: Pos2, to: Pos2) -> [Pos2; POINTS] {
    let bend = ((to.x - from.x).abs() * 0.5).max(12.0);
    let (a, b) = (from + Vec2::new(bend, 0.0), to - Vec2::new(bend, 0.0));
    std::array::from_fn(|index| {
        let t = index as f32 / (POINTS - 1) as f32;
        let u = 1.0 - t;
        let mix =
            |p: f32, q: f32, r: f32, s: f32| u * u * u * p + 3.0 * u * u * t * q + 3.0 * u * t * t * r + t * t * t * s;
        Pos2::new(mix(from.x, a.x, b.x, to.x), mix(from.y, a.y, b.y, to.y))
    })
}

/// How far a point is from a wire, if it is near.
pub(super) fn near(points: &[Pos2; POINTS], at: Pos2) -> Option<f32> {
    let around = Rect::from_two_pos(points[0], points[POINTS - 1]).expand(NEAR);
    if !around.contains(at) {
        return None;
    }
    let distance = |pair: &[Pos2]| {
        let (from, to) = (pair[0], pair[1]);
        let along = to - from;
        let share = ((at - from).dot(along) / along.length_sq().max(f32::EPSILON)).clamp(0.0, 1.0);
        (from + along * share).distance(at)
    };
    points.windows(2).map(distance).min_by(f32::total_cmp).filter(|distance| *distance <= NEAR)
}

/// The offset at which a row is seen, with a row or two around it.
pub(super) fn offset_for(place: usize, offset: f32, height: f32) -> f32 {
    let (top, bottom) = (place as f32 * ROW, (place + 1) as f32 * ROW);
    let margin = ROW.min((height - ROW).max(0.0) / 2.0);
    if top - margin < offset {
        (top - margin).max(0.0)
    } else if bottom + margin > offset + height {
        (bottom + margin - height).max(0.0)
    } else {
        offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board() -> Board {
        let list = |left: f32| Rect::from_min_size(Pos2::new(left, 100.0), Vec2::new(200.0, 10.0 * ROW));
        Board {
            columns: list(0.0),
            column_offset: 0.0,
            fields: list(400.0),
            field_offset: 20.0 * ROW,
            left: 200.0,
            right: 400.0,
        }
    }

    #[test]
    fn wires_end_at_their_rows_or_at_the_edge_behind_which_those_are() {
        let board = board();
        assert_eq!(board.column_end(Some(0)), End::Seen(100.0 + ROW / 2.0));
        assert_eq!(board.column_end(Some(10)), End::Below);
        assert_eq!(board.field_end(Some(3)), End::Above);
        assert_eq!(board.field_end(Some(20)), End::Seen(100.0 + ROW / 2.0));
        assert_eq!(board.field_end(None), End::Hidden);
        let wire = board.wire(board.column_end(Some(0)), board.field_end(Some(3))).unwrap();
        assert_eq!((wire[0], wire[POINTS - 1]), (Pos2::new(200.0, 100.0 + ROW / 2.0), Pos2::new(400.0, 100.0)));
        assert_eq!(board.wire(End::Below, End::Above), None);
        assert_eq!(board.wire(End::Hidden, End::Below), None);
        let stub = board.wire(End::Seen(120.0), End::Hidden).unwrap();
        assert!(stub[POINTS - 1].x < 230.0);
    }

    #[test]
    fn the_pointer_finds_rows_and_wires() {
        let board = board();
        assert_eq!(board.column_under(Pos2::new(50.0, 100.0 + ROW * 1.5)), Some(1));
        assert_eq!(board.field_under(Pos2::new(450.0, 100.0 + ROW * 1.5)), Some(21));
        assert_eq!(board.field_under(Pos2::new(50.0, 120.0)), None);
        let wire = curve(Pos2::new(0.0, 0.0), Pos2::new(100.0, 80.0));
        assert!(near(&wire, Pos2::new(50.0, 40.0)).is_some());
        assert!(near(&wire, Pos2::new(50.0, 60.0)).is_none());
        assert!(near(&wire, Pos2::new(200.0, 80.0)).is_none());
    }

    #[test]
    fn a_row_comes_into_view_with_its_neighbours() {
        let height = 10.0 * ROW;
        assert_eq!(offset_for(3, 0.0, height), 0.0);
        assert_eq!(offset_for(20, 0.0, height), 12.0 * ROW);
        assert_eq!(offset_for(2, 10.0 * ROW, height), ROW);
        assert_eq!(offset_for(0, 10.0 * ROW, height), 0.0);
    }
}
