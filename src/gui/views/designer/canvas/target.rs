//! The target card: the fields, in groups, with what goes into them.

use super::{HEAD, board, list_focus_ui};
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::Draft;
use crate::gui::draft::designer::{Chip, Drag, Group, Line, Lists, Pane, TargetRow};
use crate::gui::format;
use crate::gui::parts::{self, Press, grid};
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, icon, tokens};
use crate::gui::views::import::targets;
use egui::{Align2, CornerRadius, Frame, Margin, Rect, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo};

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, lists: &Lists) -> Rect {
    head_ui(ui, state, draft, lists);
    let list = ui.available_rect_before_wrap();
    let Some(step) = draft.designer.at() else { return list };
    let (place, object) = (step.place(), step.object.clone());
    let ask = match &step.into {
        Some(into) => Command::DescribeTable { into: into.clone(), table: object.clone() },
        None => Command::Describe { org: step.org.clone(), object: object.clone(), refresh: true },
    };
    match state.end(step) {
        Some(Fact::Failed(error)) => {
            Frame::new().inner_margin(Margin::same(12)).show(ui, |ui| {
                parts::error_ui(ui, error, out, |_| {});
                ui.add_space(8.0);
                if Press::new("Ask again").icon(icon::ROTATE_CCW).low().ui(ui).clicked() {
                    out.push(ask);
                }
            });
        }
        None | Some(Fact::Waiting) => {
            Frame::new().inner_margin(Margin::same(12)).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 12.0;
                parts::waiting_ui(ui, &format!("Asking {place} for the fields of {object}"), 9);
            });
        }
        Some(Fact::Here(_)) => return list_ui(ui, draft, lists),
    }
    list
}

fn head_ui(ui: &mut Ui, state: &State, draft: &mut Draft, lists: &Lists) {
    let tokens = tokens(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), HEAD), Sense::hover());
    let inner = rect.shrink2(Vec2::new(12.0, 8.0));
    let first = inner.with_max_y(inner.top() + 24.0);
    let Some(step) = draft.designer.at() else { return };
    let label = state.object(&step.org, &step.object).map_or(step.object.as_str(), |card| card.label.as_str());
    ui.painter().text(first.left_center(), Align2::LEFT_CENTER, icon::DATABASE, theme::icon_font(15.0), tokens.quiet);
    let (needed, set) = lists.required;
    let (all, mapped) = lists.mapped;
    let open = set < needed;
    let count = if first.width() < 300.0 { String::new() } else { format!("{mapped} of {all} mapped") };
    let count = ui.painter().text(first.right_center(), Align2::RIGHT_CENTER, count, theme::small_font(), tokens.quiet);
    let mut right = count.left() - 12.0;
    if needed > 0 {
        let colour = if open { tokens.attention.strong } else { tokens.good.strong };
        let text = format!("required {set} of {needed}");
        let at = egui::pos2(right, first.center().y);
        let text = ui.painter().text(at, Align2::RIGHT_CENTER, text, theme::small_font(), colour);
        let mark = if open { icon::ASTERISK } else { icon::CHECK };
        let at = egui::pos2(text.left() - 4.0, first.center().y);
        right = ui.painter().text(at, Align2::RIGHT_CENTER, mark, theme::icon_font(12.0), colour).left() - 8.0;
    }
    let words = Rect::from_x_y_ranges(first.left() + 24.0..=right, first.y_range());
    let taken = grid::elided(ui, words, label, theme::medium_font(theme::BODY), tokens.strong, false);
    let how = step.sentence();
    let how = match &step.sync {
        Some(sync) => format!("both ways with {}", sync.ends(step)[0]),
        None => how.split_once(" from ").map_or(how.as_str(), |(how, _)| how).to_owned(),
    };
    let rest = words.with_min_x(taken.right() + 8.0);
    if rest.width() > 40.0 {
        grid::elided(ui, rest, &how, theme::small_font(), tokens.quiet, false);
    }

    let second = Rect::from_min_max(egui::pos2(inner.left(), first.bottom() + 4.0), inner.max);
    ui.scope_builder(egui::UiBuilder::new().max_rect(second), |ui| {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let mut focus = std::mem::take(&mut draft.focus_filter);
            let narrow = second.width() < 590.0;
            let taken = if narrow { 140.0 } else { 504.0 };
            let width = (second.width() - taken).clamp(90.0, 220.0);
            parts::filter_ui(ui, "Filter fields", width, &mut draft.designer.narrow.targets, &mut focus);
            ui.add_space(4.0);
            if narrow { chip_menu_ui(ui, draft) } else { chips_ui(ui, draft, lists) }
        });
    });
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, (1.0, tokens.hairline));
    ui.advance_cursor_after_rect(rect);
}

fn chips_ui(ui: &mut Ui, draft: &mut Draft, lists: &Lists) {
    for chip in Chip::ALL {
        let count = lists.targets.iter().filter(|row| chip.takes(row)).count();
        let counted = matches!(chip, Chip::Problems | Chip::Changed) && count > 0;
        let text = if counted { format!("{} {count}", chip.label()) } else { chip.label().to_owned() };
        let chosen = draft.designer.narrow.chip == chip;
        let name = format!("Fields: {}", chip.label());
        let mut press = Press::new(&text).name(&name).quiet().low().chosen(chosen);
        if chip == Chip::Problems && count > 0 {
            press = press.icon(icon::TRIANGLE_ALERT).icon_colour(tokens(ui).bad.strong);
        }
        if press.ui(ui).clicked() {
            choose_chip(draft, chip);
        }
    }
}

fn chip_menu_ui(ui: &mut Ui, draft: &mut Draft) {
    let chip = draft.designer.narrow.chip;
    let name = format!("Fields: {}", chip.label());
    let press = Press::new(chip.label()).name(&name).icon(icon::FUNNEL).low().chosen(chip != Chip::All);
    let button = press.ui(ui);
    egui::Popup::menu(&button).show(|ui| {
        ui.set_min_width(140.0);
        for other in Chip::ALL {
            let tick = if other == chip { icon::CHECK } else { " " };
            if Press::new(other.label()).icon(tick).line().ui(ui).clicked() {
                choose_chip(draft, other);
                ui.close();
            }
        }
    });
}

fn choose_chip(draft: &mut Draft, chip: Chip) {
    draft.designer.narrow.chip = chip;
    draft.designer.arrange();
}

fn list_ui(ui: &mut Ui, draft: &mut Draft, lists: &Lists) -> Rect {
    let list = ui.available_rect_before_wrap();
    let at = draft.designer.hand.field.clone().unwrap_or_default();
    let object = draft.designer.at().map(|step| step.object.clone()).unwrap_or_default();
    let mut said = format!("Fields of {object}, {} of them, at {at}", lists.targets.len());
    if let Some(carried) = &draft.designer.hand.carried {
        said = format!("{said}, choose where {carried} goes");
    }
    list_focus_ui(ui, draft, Pane::Target, list, &said);
    if lists.lines.is_empty() {
        let sentence = match draft.designer.narrow.chip {
            _ if !draft.designer.narrow.targets.is_empty() => "No field is called so",
            Chip::Problems => "Nothing is wrong with any field",
            Chip::Changed => "Nothing differs from what is saved",
            Chip::Mapped => "No field has a rule yet",
            Chip::Unmapped => "Every field has a rule",
            Chip::Required | Chip::All => "There is no such field",
        };
        if parts::empty_ui(ui, icon::SEARCH, sentence, Some("Show all fields")) {
            choose_chip(draft, Chip::All);
            draft.designer.narrow.targets.clear();
        }
        return list;
    }
    let hand = &mut draft.designer.hand;
    let mut area = ScrollArea::vertical().id_salt(("fields", draft.designer.step)).auto_shrink([false, false]);
    if std::mem::take(&mut hand.reveal_field)
        && let Some(place) = hand.field.as_ref().and_then(|path| lists.target(path)).and_then(|at| lists.target_at[at])
    {
        area = area.vertical_scroll_offset(board::offset_for(place, hand.target_offset, list.height()));
    } else if matches!(hand.drag, Some(Drag::Column(_) | Drag::FieldEnd { .. })) {
        let by = super::drop::scrolls(ui, list);
        if by != 0.0 {
            area = area.vertical_scroll_offset((hand.target_offset + by).max(0.0));
        }
    }
    let shown = area.show_rows(ui, board::ROW, lists.lines.len(), |ui, range| {
        for place in range {
            match lists.lines[place] {
                Line::Head(group, count) => group_ui(ui, draft, group, count),
                Line::Field(at) => row_ui(ui, draft, lists, at),
            }
        }
    });
    draft.designer.hand.target_offset = shown.state.clamped_offset().y;
    shown.inner_rect
}

fn group_ui(ui: &mut Ui, draft: &mut Draft, group: Group, count: usize) {
    let tokens = tokens(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), board::ROW), Sense::hover());
    let response = ui.interact(rect, egui::Id::unique(("designer group", group.label())), Sense::CLICK);
    let closed = draft.designer.narrow.closed.contains(&group) && draft.designer.narrow.targets.is_empty();
    let said = format!("{}, {}", group.label(), format::count(count as u64, "field", "fields"));
    response.widget_info(|| WidgetInfo::selected(Role::DisclosureTriangle, true, !closed, &said));
    let mark = if closed { icon::CHEVRON_RIGHT } else { icon::CHEVRON_DOWN };
    let at = rect.left_center() + Vec2::new(14.0, 2.0);
    ui.painter().text(at, Align2::LEFT_CENTER, mark, theme::icon_font(12.0), tokens.quiet);
    let at = at + Vec2::new(18.0, 0.0);
    let colour = if response.hovered() { tokens.strong } else { tokens.quiet };
    let text = ui.painter().text(at, Align2::LEFT_CENTER, group.label(), theme::medium_font(theme::SMALL), colour);
    let at = egui::pos2(text.right() + 8.0, at.y);
    ui.painter().text(at, Align2::LEFT_CENTER, count.to_string(), theme::small_font(), tokens.quiet);
    if response.clicked() && !draft.designer.narrow.closed.remove(&group) {
        draft.designer.narrow.closed.insert(group);
    }
}

fn row_ui(ui: &mut Ui, draft: &mut Draft, lists: &Lists, at: usize) {
    let row = &lists.targets[at];
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), board::ROW), Sense::hover());
    let response = ui.interact(rect, egui::Id::unique(("designer field", &row.path)), Sense::CLICK | Sense::DRAG);
    let hand = &draft.designer.hand;
    let chosen = hand.chosen.contains(&row.path);
    let at_hand = hand.field.as_deref() == Some(&row.path);
    let wired = hand.over_wire.is_some_and(|wire| lists.wires.get(wire).is_some_and(|wire| wire.target == at));
    let aimed = hand.carried.is_some() && at_hand;
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, chosen || at_hand, said(row)));
    paint(ui, rect, row, &response, (chosen || at_hand, wired, aimed));
    if let Some(problem) = row.problem.as_ref().or(row.doubt.as_ref()) {
        response.clone().on_hover_text(problem);
    } else if let Some(closed) = row.closed {
        response.clone().on_hover_text(format!("Cannot be written: {closed}"));
    }
    let hand = &mut draft.designer.hand;
    if response.clicked() {
        let modifiers = ui.input(|input| input.modifiers);
        match () {
            () if modifiers.command => hand.toggle_field(&row.path),
            () if modifiers.shift => super::keys::extend(hand, lists, &row.path),
            () => hand.choose_field(&row.path),
        }
        hand.focus = Some(Pane::Target);
    }
    if response.double_clicked() {
        draft.designer.inspector = true;
    }
    let hand = &mut draft.designer.hand;
    if response.drag_started() && row.closed.is_none() {
        hand.let_go();
        hand.choose_field(&row.path);
        hand.drag = Some(Drag::Field(row.path.clone()));
    }
}

/// What a reader says of a field.
fn said(row: &TargetRow) -> String {
    let mut said = if row.label == row.path { row.label.clone() } else { format!("{} ({})", row.label, row.path) };
    if let Some(field) = &row.field {
        said = format!("{said}, {}", targets::kind_label(field));
    }
    if row.key {
        said.push_str(", key");
    }
    if row.required {
        said.push_str(", required");
    }
    match (&row.closed, row.rule.is_some()) {
        (Some(closed), false) => said = format!("{said}, cannot be written: {closed}"),
        (_, true) => said = format!("{said}, {}", row.from),
        (None, false) => match &row.set_by {
            Some(by) => said = format!("{said}, set by {by}"),
            None => said.push_str(", not mapped"),
        },
    }
    if let Some(way) = &row.way {
        said = format!("{said}, {}", way.words);
    }
    if let Some(problem) = &row.problem {
        said = format!("{said}, problem: {problem}");
    } else if let Some(doubt) = &row.doubt {
        said = format!("{said}, to look at: {doubt}");
    }
    said
}

fn paint(
    ui: &mut Ui,
    rect: Rect,
    row: &TargetRow,
    response: &egui::Response,
    (chosen, wired, aimed): (bool, bool, bool),
) {
    let tokens = tokens(ui);
    let ground = match () {
        () if aimed => tokens.accent_faint,
        () if chosen => tokens.selected,
        () if response.hovered() || wired => tokens.hover,
        () => egui::Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect.shrink2(Vec2::new(4.0, 0.5)), CornerRadius::same(theme::RADIUS), ground);
    let mapped = row.rule.is_some();
    let open = !row.is_set() && (row.required || row.key);
    let mut words = rect.with_min_x(rect.left() + 16.0).with_max_x(rect.right() - 14.0);
    let mark = |glyph: &str, colour: egui::Color32, words: &mut Rect| {
        let at = words.right_center() - Vec2::new(7.0, 0.0);
        ui.painter().text(at, Align2::CENTER_CENTER, glyph, theme::icon_font(13.0), colour);
        words.max.x -= 20.0;
    };
    match () {
        () if row.problem.is_some() => mark(icon::CIRCLE_ALERT, tokens.bad.strong, &mut words),
        () if row.doubt.is_some() => mark(icon::TRIANGLE_ALERT, tokens.attention.strong, &mut words),
        () if open => mark(icon::ASTERISK, tokens.attention.strong, &mut words),
        () if row.changed => mark("•", tokens.accent_text, &mut words),
        () => words.max.x -= 20.0,
    }
    match () {
        () if row.key => mark(icon::KEY_ROUND, tokens.accent_text, &mut words),
        () if row.required => mark(icon::ASTERISK, tokens.quiet, &mut words),
        () => words.max.x -= 20.0,
    }
    let kind = row.field.as_ref().map(targets::kind_label).unwrap_or_default();
    let wide = match words.width() {
        320.0.. => 130.0,
        250.0.. => 92.0,
        _ => 0.0,
    };
    let type_at = words.with_min_x(words.right() - wide);
    if wide > 0.0 {
        grid::elided(ui, type_at, &kind, theme::small_font(), tokens.quiet, false);
    }
    words.max.x = type_at.left() - 10.0;
    let colour = match () {
        () if row.closed.is_some() => tokens.quiet,
        () if mapped || open => tokens.strong,
        () => tokens.text,
    };
    let font = if mapped || open { theme::medium_font(theme::BODY) } else { theme::body_font() };
    let share = if wide > 0.0 { 0.62 } else { 1.0 };
    let label = words.with_max_x(words.left() + words.width() * share);
    let shown = format::middle(&row.label, (label.width() / 7.0) as usize);
    let taken = grid::elided(ui, label, &shown, font, colour, false);
    let rest = words.with_min_x(taken.right() + 8.0);
    if row.path != row.label && rest.width() > 30.0 {
        let shown = format::middle(&row.path, (rest.width() / 6.2) as usize);
        grid::elided(ui, rest, &shown, theme::small_font(), tokens.quiet, false);
    }
    if response.hovered() && (shown != row.label || rest.width() < row.path.len() as f32 * 6.0) {
        response.clone().on_hover_text(said(row));
    }
}
