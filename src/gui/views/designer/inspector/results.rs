//! What the rule makes of the row at hand and the next ten, while it is typed.

use super::part_ui;
use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, grid};
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::mapping::{Expression, Rule};
use crate::workspace::TriedRow;
use egui::{Align2, Rect, Sense, Ui, Vec2};

/// Height of a result.
const LINE: f32 = 22.0;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, rule: &Rule, out: &mut Outbox) {
    let Some((answer, _)) = draft.designer.tried(state) else { return };
    match answer {
        Err(error) => parts::error_ui(ui, &error.clone(), out, |_| {}),
        Ok(tried) if tried.rows.is_empty() => {}
        Ok(tried) => {
            let tried = tried.clone();
            let name = if rule.lookup.is_some() { "Looked for, row by row" } else { "Result, row by row" };
            part_ui(ui, name);
            let chosen = parts::well(ui)
                .inner_margin(egui::Margin::symmetric(8, 4))
                .show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 0.0;
                    let lines: Vec<_> = tried.rows.iter().map(|row| line_ui(ui, state, draft, rule, row)).collect();
                    lines.into_iter().position(|clicked| clicked)
                })
                .inner;
            if let Some(at) = chosen {
                draft.designer.row += at;
                draft.designer.go_to_row = true;
            }
        }
    }
}

fn line_ui(ui: &mut Ui, state: &State, draft: &Draft, rule: &Rule, tried: &TriedRow) -> bool {
    let tokens = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), LINE), Sense::CLICK);
    let at = (tried.row as usize).saturating_sub(1);
    let here = at == draft.designer.row;
    if here || response.hovered() {
        let ground = if here { tokens.selected } else { tokens.hover };
        ui.painter().rect_filled(rect.expand2(Vec2::new(4.0, 0.0)), 4.0, ground);
    }
    let number = Rect::from_min_size(rect.min, Vec2::new(34.0, LINE));
    grid::elided(ui, number, &format::number(tried.row), theme::small_font(), tokens.quiet, false);
    let source = match &rule.from {
        Expression::Column(name) => draft.designer.file(state).and_then(|look| {
            let index = look.columns.position(name)?;
            Some(look.head.row(at)?.cell(index).to_owned())
        }),
        Expression::Constant(_) | Expression::Formula(_) => None,
    };
    let mut rest = rect.with_min_x(number.right());
    if let Some(source) = &source {
        let half = rest.with_max_x(rest.left() + rest.width() * 0.45);
        let taken = grid::elided(ui, half, source, theme::small_font(), tokens.quiet, false);
        let middle = egui::pos2(taken.right() + 5.0, rect.center().y);
        ui.painter().text(middle, Align2::LEFT_CENTER, "→", theme::small_font(), tokens.quiet);
        rest.min.x = taken.right() + 24.0;
    }
    let said = match &tried.result {
        Ok(value) if value.is_empty() => {
            grid::elided(ui, rest, "blank", theme::small_font(), tokens.quiet, false);
            "blank".to_owned()
        }
        Ok(value) => {
            grid::elided(ui, rest, value, theme::medium_font(theme::SMALL), tokens.strong, false);
            value.clone()
        }
        Err(wrong) => {
            let at = rest.left_center();
            ui.painter().text(at, Align2::LEFT_CENTER, icon::CIRCLE_ALERT, theme::icon_font(11.5), tokens.bad.strong);
            let words = rest.with_min_x(rest.left() + 17.0);
            grid::elided(ui, words, &wrong.message, theme::small_font(), tokens.bad.strong, false);
            wrong.message.clone()
        }
    };
    let said = format!("Row {}: {said}", tried.row);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ListItem, true, &said));
    response.clicked()
}
