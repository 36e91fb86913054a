//! The objects with their counts; a click copies a query of one.

use super::{copy, deed, scrolled_ui};
use crate::gui::command::Outbox;
use crate::gui::draft::{Draft, Purpose};
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::practice::PracticeDeed;
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::workspace::{AuthKind, OrgCard, PracticeStatus};
use egui::{Align, Align2, CornerRadius, Frame, Layout, Margin, Popup, Role, Sense, Ui, Vec2, WidgetInfo};

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, status: &PracticeStatus) {
    let empty = status.records.iter().filter(|(_, count)| *count == 0).count() as u64;
    Frame::new().inner_margin(Margin { left: 24, right: 16, top: 0, bottom: 8 }).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.label(theme::small("Sorted by").color(tokens(ui).quiet));
            for (by_name, word) in [(false, "Records"), (true, "Name")] {
                let chosen = draft.practice.by_name == by_name;
                let name = format!("Sort objects by {}", word.to_lowercase());
                if Press::new(word).low().quiet().chosen(chosen).name(&name).ui(ui).clicked() {
                    draft.practice.by_name = by_name;
                }
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if empty > 0 {
                    let text = format!("With {empty} empty");
                    let chosen = draft.practice.all_objects;
                    let name = "Show objects without records, too";
                    if Press::new(&text).low().quiet().chosen(chosen).name(name).ui(ui).clicked() {
                        draft.practice.all_objects = !chosen;
                    }
                }
            });
        });
    });
    Frame::new().inner_margin(Margin { left: 24, right: 16, top: 0, bottom: 8 }).show(ui, |ui| {
        ui.horizontal(|ui| {
            copy_schema_ui(ui, state, out);
            let button = Press::new("From a file…").name("Objects and fields from a file…").icon(icon::FOLDER_OPEN);
            if button.low().why_not(state.practice.busy).ui(ui).clicked() {
                draft.ask_for_file(Purpose::AddSchema, "");
            }
        });
    });
    let mut list: Vec<&(String, u64)> =
        status.records.iter().filter(|(_, count)| draft.practice.all_objects || *count > 0).collect();
    if draft.practice.by_name {
        list.sort_by_key(|(name, _)| name.to_lowercase());
    } else {
        list.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), name.to_lowercase()));
    }
    let most = list.iter().map(|(_, count)| *count).max().unwrap_or(0);
    scrolled_ui(ui, "practice objects", |ui| {
        parts::card(ui).inner_margin(Margin::symmetric(4, 4)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 0.0;
            for (name, count) in list {
                line_ui(ui, state, draft, out, name, *count, most);
            }
        });
        ui.add_space(6.0);
        ui.label(theme::small("A click copies a query of the object").color(tokens(ui).quiet));
    });
}

/// Objects and fields of an org that is connected, to practise on.
fn copy_schema_ui(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let orgs: Vec<&OrgCard> = state.orgs.iter().flatten().filter(|org| org.auth != AuthKind::Practice).collect();
    let why_not = state.practice.busy.or(orgs.is_empty().then_some("Connect an org first"));
    let button = Press::new("Copy the schema of an org…").icon(icon::COPY).low().why_not(why_not).ui(ui);
    Popup::menu(&button).show(|ui| {
        ui.set_min_width(240.0);
        ui.label(theme::small("Objects and fields only; no record is read").color(tokens(ui).quiet));
        for org in orgs {
            let name = format!("Copy the schema of {}", org.alias);
            if Press::new(&format::org(org)).name(&name).icon(icon::CLOUD).line().ui(ui).clicked() {
                deed(out, PracticeDeed::CopySchema(org.alias.clone()));
                ui.close();
            }
        }
    });
}

fn line_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, name: &str, count: u64, most: u64) {
    let tokens = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), theme::ROW), Sense::click());
    let said = format!("{name}: {}", format::count(count, "record", "records"));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &said));
    if response.hovered() {
        ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS), tokens.hover);
    }
    if response.has_focus() {
        parts::focus_ring(ui, rect);
    }
    let inner = rect.shrink2(Vec2::new(10.0, 0.0));
    let right = ui.painter().text(
        inner.right_center(),
        Align2::RIGHT_CENTER,
        format::number(count),
        theme::body_font(),
        if count > 0 { tokens.strong } else { tokens.quiet },
    );
    // How much of the org it is, at a glance.
    let bar = egui::Rect::from_min_size(
        egui::pos2(inner.right() - 72.0 - 80.0, inner.center().y - 2.0),
        Vec2::new(80.0, 4.0),
    );
    if most > 0 && count > 0 && bar.right() < right.left() - 4.0 {
        let share = (count as f32 / most as f32).max(0.03);
        ui.painter().rect_filled(
            bar.with_max_x(bar.left() + bar.width() * share),
            CornerRadius::same(2),
            tokens.wire.gamma_multiply(0.7),
        );
    }
    let copied = draft.practice.copied.as_ref().is_some_and(|(what, until)| what == name && state.now < *until);
    let names = egui::Rect::from_x_y_ranges(inner.left()..=bar.left() - 8.0, inner.y_range());
    if copied {
        let mark = format!("{}  Query copied", icon::CHECK);
        ui.painter().text(names.left_center(), Align2::LEFT_CENTER, mark, theme::body_font(), tokens.good.strong);
    } else {
        parts::grid::elided(ui, names, name, theme::body_font(), tokens.text, false);
    }
    let soql = format!("SELECT FIELDS(ALL) FROM {name} LIMIT 200");
    if response.on_hover_text(format!("Copies {soql}")).clicked() {
        copy(state, draft, out, name, &soql);
    }
}
