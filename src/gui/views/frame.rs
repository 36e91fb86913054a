//! What stands around every screen: the rail, the top bar, the status bar.

use crate::gui::action::{self, Action};
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::{Draft, Screen};
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::workspace::OrgCard;
use egui::{
    Align, Align2, CornerRadius, Frame, Layout, Margin, Panel, RichText, Role, Sense, Stroke, Ui, Vec2, WidgetInfo,
};

const DOORS: [(Action, Screen, &str, &str); 9] = [
    (Action::Home, Screen::Home, icon::HOME, "Home"),
    (Action::Import, Screen::Import, icon::FILE_INPUT, "Import"),
    (Action::Exports, Screen::Export, icon::DOWNLOAD, "Export"),
    (Action::Integrations, Screen::Integrations, icon::WORKFLOW, "Integrations"),
    (Action::Runs, Screen::Runs, icon::HISTORY, "Runs"),
    (Action::Conflicts, Screen::Conflicts, icon::FLAG, "Conflicts"),
    (Action::Errors, Screen::Errors, icon::CIRCLE_ALERT, "Errors"),
    (Action::Orgs, Screen::Orgs, icon::CLOUD, "Orgs"),
    (Action::Practice, Screen::Practice, icon::FLASK_CONICAL, "Practice org"),
];

/// The rail at the left.
pub(super) fn rail_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let tokens = tokens(ui);
    let wide = ui.ctx().content_rect().width();
    let open = draft.preferences.rail_open.unwrap_or(wide >= theme::RAIL_OPENS_FROM);
    let width = if open { theme::RAIL_OPEN } else { theme::RAIL };
    let ground = Frame::new().fill(tokens.frame).inner_margin(Margin::symmetric(8, 8));
    Panel::left("rail").exact_size(width).resizable(false).frame(ground).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        logo_ui(ui, open);
        ui.add_space(10.0);
        for (action, screen, icon, name) in DOORS {
            let count = match screen {
                Screen::Errors => state.errors.rows(),
                Screen::Conflicts => state.conflicts.open(),
                _ => 0,
            };
            let here = match draft.screen {
                Screen::Run(_) => screen == Screen::Runs,
                Screen::Designer => screen == Screen::Integrations,
                here => here == screen,
            };
            if door_ui(ui, action, icon, name, here, open, count) {
                draft.go(screen);
            }
        }
        ui.with_layout(Layout::bottom_up(Align::Min), |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let (icon, name) =
                if open { (icon::PANEL_LEFT_CLOSE, "Collapse") } else { (icon::PANEL_LEFT_OPEN, "Expand") };
            if door_ui(ui, Action::Rail, icon, name, false, open, 0) {
                draft.preferences.rail_open = Some(!open);
            }
            let here = draft.screen == Screen::Settings;
            if door_ui(ui, Action::Settings, icon::SETTINGS, "Settings", here, open, 0) {
                draft.go(Screen::Settings);
            }
        });
    });
}

fn logo_ui(ui: &mut Ui, open: bool) {
    let tokens = tokens(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 32.0), Sense::hover());
    let mark = egui::Rect::from_center_size(egui::pos2(rect.left() + 20.0, rect.center().y), Vec2::splat(22.0));
    ui.painter().rect_filled(mark, CornerRadius::same(6), tokens.accent);
    // Two ends and the span between them.
    let (left, right) = (mark.center() + Vec2::new(-4.5, 3.0), mark.center() + Vec2::new(4.5, -3.0));
    ui.painter().line_segment([left, right], Stroke::new(2.0, tokens.on_accent));
    ui.painter().circle_filled(left, 3.0, tokens.on_accent);
    ui.painter().circle_filled(right, 3.0, tokens.on_accent);
    if open {
        let font = theme::medium_font(14.5);
        ui.painter().text(
            egui::pos2(mark.right() + 10.0, rect.center().y),
            Align2::LEFT_CENTER,
            "Linkspan",
            font,
            tokens.strong,
        );
    }
}

fn door_ui(ui: &mut Ui, action: Action, icon: &str, name: &str, here: bool, open: bool, count: u64) -> bool {
    let tokens = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 36.0), Sense::click());
    let said = if count > 0 { format!("{name}, {count} need attention") } else { name.to_owned() };
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, here, &said));
    let ground = match (here, response.hovered()) {
        (true, _) => tokens.selected,
        (false, true) => tokens.control_press,
        (false, false) => egui::Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS), ground);
    let colour = if here { tokens.accent_text } else { tokens.text };
    let at = egui::pos2(rect.left() + 20.0, rect.center().y);
    ui.painter().text(at, Align2::CENTER_CENTER, icon, theme::icon_font(17.0), colour);
    if open {
        let font = if here { theme::medium_font(theme::BODY) } else { theme::body_font() };
        let at = egui::pos2(rect.left() + 42.0, rect.center().y);
        ui.painter().text(at, Align2::LEFT_CENTER, name, font, if here { tokens.strong } else { tokens.text });
    }
    if count > 0 {
        let text = format::short(count);
        let width = 12.0 + text.len() as f32 * 6.5;
        let centre = if open {
            egui::pos2(rect.right() - 8.0 - width / 2.0, rect.center().y)
        } else {
            egui::pos2(rect.right() - width / 2.0, rect.top() + 9.0)
        };
        let badge = egui::Rect::from_center_size(centre, Vec2::new(width, 17.0));
        ui.painter().rect_filled(badge, CornerRadius::same(8), tokens.attention.faint);
        ui.painter().text(
            badge.center(),
            Align2::CENTER_CENTER,
            text,
            theme::medium_font(11.0),
            tokens.attention.strong,
        );
    }
    if response.has_focus() {
        parts::focus_ring(ui, rect);
    }
    let clicked = response.clicked();
    response.on_hover_text(action::tooltip(action));
    clicked
}

/// The bar at the top: where am I, the palette, the org written to, what happened.
pub(super) fn top_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let tokens = tokens(ui);
    let ground = Frame::new().fill(tokens.canvas).inner_margin(Margin::symmetric(16, 0));
    Panel::top("top").exact_size(theme::TOP_BAR).resizable(false).frame(ground).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            where_ui(ui, state, draft);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                bell_ui(ui, state, draft);
                if let Some(org) = written_to(state, draft)
                    && parts::org_chip_ui(ui, org).clicked()
                {
                    draft.go(Screen::Orgs);
                }
                palette_ui(ui, draft);
            });
        });
    });
}

fn where_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let quiet = tokens(ui).quiet;
    let strong = tokens(ui).strong;
    if let Some(name) = &state.name {
        ui.label(RichText::new(format::middle(name, 24)).color(quiet));
        ui.label(RichText::new(icon::CHEVRON_RIGHT).size(12.0).color(quiet));
    }
    let here = match draft.screen {
        Screen::Home => "Home".to_owned(),
        Screen::Import => match draft.import.file(state) {
            Some(file) => draft.import.run_name(&file.settings),
            None => "Import".to_owned(),
        },
        Screen::Export => "Export".to_owned(),
        Screen::Integrations => "Integrations".to_owned(),
        Screen::Designer => {
            if ui.link(RichText::new("Integrations").color(quiet)).clicked() {
                draft.go(Screen::Integrations);
            }
            ui.label(RichText::new(icon::CHEVRON_RIGHT).size(12.0).color(quiet));
            let name = draft.designer.integration().name.clone();
            if name.is_empty() { "New integration".to_owned() } else { name }
        }
        Screen::Runs => "Runs".to_owned(),
        Screen::Errors => "Errors".to_owned(),
        Screen::Conflicts => "Conflicts".to_owned(),
        Screen::Run(run) => {
            if ui.link(RichText::new("Runs").color(quiet)).clicked() {
                draft.go(Screen::Runs);
            }
            ui.label(RichText::new(icon::CHEVRON_RIGHT).size(12.0).color(quiet));
            state.run(run).map_or_else(|| format!("Run {}", run.0), |card| card.run.name.clone())
        }
        Screen::Orgs => "Orgs".to_owned(),
        Screen::Practice => "Practice org".to_owned(),
        Screen::Settings => "Settings".to_owned(),
    };
    let shown = format::middle(&here, 44);
    let label = ui.label(theme::medium(&shown).color(strong));
    if shown != here {
        label.on_hover_text(here);
    }
}

/// The org that this screen writes to.
fn written_to<'a>(state: &'a State, draft: &Draft) -> Option<&'a OrgCard> {
    let alias = match draft.screen {
        Screen::Import => Some(draft.import.design.org.clone()),
        Screen::Export => Some(draft.export.org.clone()),
        Screen::Designer => draft.designer.at().map(|step| step.org.clone()),
        Screen::Run(run) => state.run(run).and_then(|card| card.run.steps.first()).map(|step| step.org.clone()),
        Screen::Errors => super::shown_errors(state, &draft.errors).map(|card| card.org.clone()),
        Screen::Conflicts => super::conflicts::org_of_shown(state, draft),
        _ => None,
    };
    state.org(&alias?)
}

fn palette_ui(ui: &mut Ui, draft: &mut Draft) {
    let tokens = tokens(ui);
    let room = ui.available_width() - 12.0;
    if room < 120.0 {
        if Press::icon_only(icon::SEARCH, "Search or run a command").ui(ui).clicked() {
            draft.palette = Some(Default::default());
        }
        return;
    }
    let (rect, response) = ui.allocate_exact_size(Vec2::new(room.min(320.0), theme::CONTROL), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Search or run a command"));
    let ground = if response.hovered() { tokens.control_hover } else { tokens.surface };
    let stroke = Stroke::new(1.0, tokens.hairline);
    ui.painter().rect(rect, CornerRadius::same(theme::RADIUS), ground, stroke, egui::StrokeKind::Inside);
    let inner = rect.shrink2(Vec2::new(9.0, 0.0));
    ui.painter().text(inner.left_center(), Align2::LEFT_CENTER, icon::SEARCH, theme::icon_font(13.0), tokens.quiet);
    let at = inner.left_center() + Vec2::new(21.0, 0.0);
    let words = if rect.width() > 240.0 { "Search or run a command" } else { "Search" };
    ui.painter().text(at, Align2::LEFT_CENTER, words, theme::body_font(), tokens.quiet);
    let key = action::info(Action::Palette).key.map(|key| action::key_text(&key)).unwrap_or_default();
    ui.painter().text(inner.right_center(), Align2::RIGHT_CENTER, key, theme::small_font(), tokens.quiet);
    if response.has_focus() {
        parts::focus_ring(ui, rect);
    }
    if response.clicked() {
        draft.palette = Some(Default::default());
    }
}

fn bell_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let unseen = state.notices.since(draft.notice_seen);
    let name = match unseen {
        0 => "Notifications".to_owned(),
        count => format!("Notifications, {count} new"),
    };
    let response = Press::icon_only(icon::BELL, &name).chosen(draft.notices_open).ui(ui);
    if unseen > 0 {
        let centre = response.rect.right_top() + Vec2::new(-7.0, 7.0);
        ui.painter().circle(centre, 4.0, tokens(ui).accent, Stroke::new(1.5, tokens(ui).canvas));
    }
    if response.clicked() {
        draft.notices_open = !draft.notices_open;
    }
}

/// The bar at the bottom: API budget, background work, whom one acts as.
pub(super) fn status_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let tokens = tokens(ui);
    let ground = Frame::new().fill(tokens.frame).inner_margin(Margin::symmetric(16, 0));
    Panel::bottom("status").exact_size(theme::STATUS_BAR).resizable(false).frame(ground).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            let org = written_to(state, draft).or_else(|| state.orgs.iter().flatten().next());
            // The screen of the practice org shows its own, which is newer.
            let told = org.and_then(|org| org.api_usage).filter(|_| draft.screen != Screen::Practice);
            if let Some((used, allowed)) = told {
                parts::gauge_ui(ui, used, allowed, 72.0);
                ui.add_space(12.0);
            }
            for progress in state.live.values() {
                let done = progress.tally.total();
                let share = if progress.read_all { format::percent(done, progress.read) } else { "reading".to_owned() };
                let text = match &progress.paused {
                    Some((until, _)) => {
                        format!("Run {} paused until {}", progress.run.0, format::until(*until, state.now))
                    }
                    None => format!("Run {} in progress, {share}", progress.run.0),
                };
                if ui.link(theme::small(text).color(tokens.accent_text)).clicked() {
                    draft.go(Screen::Run(progress.run));
                }
            }
            decided_ui(ui, state, draft);
            bad_days_ui(ui, state, draft);
            if let Some(words) = state.working.values().next_back() {
                parts::chip_text_ui(ui, icon::LOADER_CIRCLE, &format!("{words}…"));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if let Some(org) = org.filter(|org| !org.username.is_empty()) {
                    ui.label(theme::small(format!("acting as {}", org.username)).color(tokens.quiet));
                }
            });
        });
    });
}

/// Decisions that are not written yet are said on every screen, so that nobody forgets them.
fn decided_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let decided = state.conflicts.counts.map_or(0, |counts| counts.decided);
    if decided == 0 {
        return;
    }
    let text = format::count(decided, "decision not yet written", "decisions not yet written");
    if ui.link(theme::small(text).color(tokens(ui).accent_text)).clicked() {
        draft.conflicts.shelf = crate::gui::conflicts::Shelf::Decided;
        draft.go(Screen::Conflicts);
    }
}

/// Bad days are said on every screen, so that nobody wonders.
fn bad_days_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let titles = &state.practice.bad_days;
    if titles.is_empty() {
        return;
    }
    let text = match titles.as_slice() {
        [only] => format!("Practice org, bad day: {}", format::middle(only, 34)),
        several => format!("Practice org: {} bad days are on", several.len()),
    };
    let colour = tokens(ui).attention.strong;
    ui.spacing_mut().item_spacing.x = 5.0;
    ui.label(RichText::new(icon::TRIANGLE_ALERT).size(12.5).color(colour));
    let link = ui.link(theme::small(text).color(colour));
    ui.add_space(8.0);
    if link.on_hover_text(format!("{}. Click to switch off.", titles.join("; "))).clicked() {
        draft.go(Screen::Practice);
        draft.practice.tab = super::super::practice::Tab::BadDays;
    }
}

/// The project cannot be opened: nothing else can be shown.
pub(super) fn cannot_open_ui(ui: &mut Ui, state: &State, out: &mut Outbox) {
    Frame::new().inner_margin(Margin::same(32)).show(ui, |ui| {
        ui.label(theme::heading("This project cannot be opened").color(tokens(ui).strong));
        ui.add_space(8.0);
        if let Some(error) = &state.open_error {
            let mut copied = Outbox::default();
            parts::error_ui(ui, error, &mut copied, |_| {});
            copied.take().into_iter().for_each(|command: Command| out.push(command));
        }
    });
}
