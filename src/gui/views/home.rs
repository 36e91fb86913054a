//! Where one arrives: doors, what is ready to run, and the orgs.

use super::integrations;
use crate::gui::action::Action;
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::{Draft, Screen};
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, Tokens, icon, tokens};
use crate::store::RunState;
use crate::workspace::OrgCard;
use egui::{Align2, CornerRadius, Id, LayerId, Order, RichText, Sense, Stroke, StrokeKind, Ui, Vec2};

/// Integrations shown before the link to all of them.
const MOST_INTEGRATIONS: usize = 5;

/// Stopped runs shown, and for how many milliseconds after they began.
const MOST_STOPPED: usize = 3;
const STOPPED_LATELY: i64 = 7 * 86_400_000;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    drop_zone_ui(ui, state, draft, out);
    ui.add_space(24.0);
    stopped_ui(ui, state, draft, out);
    conflicts_ui(ui, state, draft);
    match state.integrations.as_deref() {
        None => parts::waiting_ui(ui, "Opening the project", 3),
        Some([]) => {}
        Some(all) => {
            let first_start = state.runs.as_ref().is_some_and(Vec::is_empty);
            let name = if first_start { "Ready to run" } else { "Integrations" };
            parts::section_ui(ui, name, |ui| {
                if Press::new("New integration…").icon(icon::PLUS).low().quiet().ui(ui).clicked() {
                    Action::NewIntegration.perform(state, draft, out);
                }
                if all.len() > MOST_INTEGRATIONS && ui.link("All integrations").clicked() {
                    draft.go(Screen::Integrations);
                }
            });
            ui.add_space(2.0);
            for card in all.iter().take(MOST_INTEGRATIONS) {
                integrations::card_ui(ui, state, draft, out, card, first_start);
            }
        }
    }
    ui.add_space(16.0);
    recent_runs_ui(ui, state, draft, out);
    orgs_ui(ui, state, draft);
}

/// Runs that stopped before their end lately, each with the button that continues it.
fn stopped_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let stopped = state.runs.iter().flatten().filter(|card| {
        let lately = state.now - card.run.began_at < STOPPED_LATELY;
        lately && card.waiting > 0 && card.run.state == RunState::Incomplete && !state.works(card.run.id)
    });
    let stopped: Vec<_> = stopped.take(MOST_STOPPED).collect();
    for card in &stopped {
        let waiting = format::count(card.waiting, "row waits", "rows wait");
        let text = format!("\"{}\" stopped before its end", format::middle(&card.run.name, 60));
        let cause = card.run.cause.as_deref().unwrap_or_default();
        let first = cause.split_once(". ").map_or(cause.trim_end_matches('.'), |(first, _)| first);
        let first: String = first.chars().take(1).flat_map(char::to_uppercase).chain(first.chars().skip(1)).collect();
        // What wants more than a word to go on has the button for it on its own screen.
        let seen = state.runs_seen.get(&card.run.id).and_then(|facts| facts.card.as_ref());
        if !state.runs_seen.contains_key(&card.run.id) {
            out.push(Command::LoadRun(card.run.id));
        }
        let more = seen.is_none_or(|seen| seen.needs.is_some());
        let hint = format!("{first}. {waiting}. No row is lost, and none is sent twice.");
        parts::banner_ui(ui, Meaning::Attention, &text, Some(&hint), |ui| {
            let label = format!("Continue with {}", format::count(card.waiting, "row", "rows"));
            let name = format!("Continue run {}", card.run.id.0);
            let press = Press::new(&label).name(&name).icon(icon::PLAY).low().why_not(state.starting());
            if !more && press.ui(ui).clicked() {
                out.push(Command::Continue(card.run.id));
            }
            let name = format!("Look at run {}", card.run.id.0);
            let look = Press::new("Look at it").name(&name).low();
            if (if more { look } else { look.quiet() }).ui(ui).clicked() {
                draft.go_to_run(card.run.id, out);
            }
        });
        ui.add_space(4.0);
    }
    if !stopped.is_empty() {
        ui.add_space(12.0);
    }
}

/// Conflicts that wait, in a line with the way to them.
fn conflicts_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let open = state.conflicts.open();
    if open == 0 {
        return;
    }
    let waits = format::count(open, "conflict waits", "conflicts wait");
    let drafts = state.conflicts.counts.map_or(0, |counts| counts.drafts);
    let hint = match drafts {
        0 => "Both ends of a sync were changed to different values, and no rule settles it.".to_owned(),
        some => format!(
            "{} decided before, and an end was changed since.",
            format::count(some, "of them was", "of them were")
        ),
    };
    parts::banner_ui(ui, Meaning::Attention, &format!("{waits} for a decision"), Some(&hint), |ui| {
        if Press::new("Decide them").icon(icon::FLAG).low().ui(ui).clicked() {
            draft.go(Screen::Conflicts);
        }
    });
    ui.add_space(16.0);
}

fn drop_zone_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let tokens = tokens(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 176.0), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(10), tokens.surface);
    dashed(ui, rect, tokens.control_line);
    let centre = rect.center();
    let tile = egui::Rect::from_center_size(centre - Vec2::new(0.0, 46.0), Vec2::splat(40.0));
    ui.painter().rect_filled(tile, CornerRadius::same(10), tokens.accent_faint);
    ui.painter().text(
        tile.center(),
        Align2::CENTER_CENTER,
        icon::FILE_SPREADSHEET,
        theme::icon_font(20.0),
        tokens.accent_text,
    );
    let at = centre - Vec2::new(0.0, 10.0);
    let font = egui::FontId::new(theme::TITLE, egui::FontFamily::Name(theme::FAMILY_STRONG.into()));
    ui.painter().text(at, Align2::CENTER_CENTER, "Drop a CSV, Excel or SQLite file anywhere", font, tokens.strong);
    let at = centre + Vec2::new(0.0, 13.0);
    let words = "or paste cells copied from a spreadsheet. Nothing is written before you have seen what would be.";
    ui.painter().text(at, Align2::CENTER_CENTER, words, theme::body_font(), tokens.quiet);
    let row = egui::Rect::from_center_size(centre + Vec2::new(0.0, 52.0), Vec2::new(320.0, theme::CONTROL + 6.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(row), |ui| {
        ui.horizontal_centered(|ui| {
            if Press::new("Import a file…").icon(icon::UPLOAD).primary().tall().width(152.0).ui(ui).clicked() {
                Action::OpenFile.perform(state, draft, out);
            }
            if Press::new("Type its path…").tall().width(152.0).ui(ui).clicked() {
                Action::TypePath.perform(state, draft, out);
            }
        });
    });
}

/// While a file hovers, the whole window says where it will go.
pub(super) fn drop_ui(ui: &Ui, _state: &State) {
    if ui.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let tokens = tokens(ui);
    let rect = ui.ctx().content_rect();
    let painter = ui.ctx().layer_painter(LayerId::new(Order::Foreground, Id::unique("drop")));
    painter.rect_filled(rect, CornerRadius::ZERO, tokens.canvas.gamma_multiply(0.92));
    let zone = rect.shrink(24.0);
    painter.rect(
        zone,
        CornerRadius::same(14),
        tokens.accent_faint,
        Stroke::new(2.0, tokens.accent),
        StrokeKind::Inside,
    );
    painter.text(
        zone.center() - Vec2::new(0.0, 28.0),
        Align2::CENTER_CENTER,
        icon::UPLOAD,
        theme::icon_font(36.0),
        tokens.accent_text,
    );
    let font = theme::medium_font(theme::HEADING);
    painter.text(zone.center() + Vec2::new(0.0, 16.0), Align2::CENTER_CENTER, "Drop to import", font, tokens.strong);
}

fn dashed(ui: &Ui, rect: egui::Rect, colour: egui::Color32) {
    let radius = 10.0;
    let inner = rect.shrink(0.5);
    let mut line = Vec::new();
    let corners = [
        (inner.right_top() + Vec2::new(-radius, radius), -90.0_f32),
        (inner.right_bottom() + Vec2::new(-radius, -radius), 0.0),
        (inner.left_bottom() + Vec2::new(radius, -radius), 90.0),
        (inner.left_top() + Vec2::new(radius, radius), 180.0),
    ];
    for (centre, from) in corners {
        line.extend((0..=6).map(|step| centre + radius * Vec2::angled((from + 15.0 * step as f32).to_radians())));
    }
    line.push(line[0]);
    ui.painter().extend(egui::Shape::dashed_line(&line, Stroke::new(1.0, colour), 6.0, 5.0));
}

fn recent_runs_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let Some(runs) = state.runs.as_deref().filter(|runs| !runs.is_empty()) else { return };
    parts::section_ui(ui, "Recent runs", |ui| {
        if ui.link("All runs").clicked() {
            draft.go(Screen::Runs);
        }
    });
    ui.add_space(2.0);
    parts::card(ui).inner_margin(egui::Margin::symmetric(4, 4)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 0.0;
        for card in runs.iter().take(4) {
            if super::runs::line_ui(ui, state, card) {
                draft.go_to_run(card.run.id, out);
            }
        }
    });
    ui.add_space(20.0);
}

fn orgs_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let Some(orgs) = &state.orgs else { return };
    parts::section_ui(ui, "Orgs", |ui| {
        if Press::new("Add an org…").icon(icon::PLUS).low().quiet().ui(ui).clicked() {
            draft.go(Screen::Orgs);
            draft.org.open = true;
        }
    });
    ui.add_space(2.0);
    let columns = (ui.available_width() / 330.0).floor().clamp(1.0, 3.0) as usize;
    for line in orgs.chunks(columns) {
        ui.columns(columns, |columns| {
            for (ui, org) in columns.iter_mut().zip(line) {
                org_card_ui(ui, state, org);
            }
        });
    }
}

fn org_card_ui(ui: &mut Ui, state: &State, org: &OrgCard) {
    let tokens = tokens(ui);
    parts::card_ui(ui, |ui| {
        ui.horizontal(|ui| {
            let tint = tokens.tint(Tokens::environment(org.environment));
            ui.label(RichText::new(parts::org_mark(org.environment)).size(15.0).color(tint.strong));
            ui.label(theme::medium(format::middle(&format::org(org), 32)).color(tokens.strong));
        });
        let about = match org.environment {
            Some(crate::workspace::Environment::Practice) => "On this computer, with invented data".to_owned(),
            _ => org.url.trim_start_matches("https://").to_owned(),
        };
        ui.label(theme::small(format::middle(&about, 48)).color(tokens.quiet));
        ui.add_space(2.0);
        ui.horizontal(|ui| match (&org.problem, org.api_usage, org.seen_at) {
            (Some(problem), ..) => parts::note_ui(ui, theme::Meaning::Bad, problem),
            (None, Some((used, allowed)), _) => {
                parts::gauge_ui(ui, used, allowed, 80.0);
            }
            (None, None, Some(seen)) => {
                let text = format!("Reached {}", format::ago(seen, state.now));
                ui.label(theme::small(text).color(tokens.quiet)).on_hover_text(format::exact(seen));
            }
            (None, None, None) => {
                ui.label(theme::small("Not reached yet").color(tokens.quiet));
            }
        });
    });
}
