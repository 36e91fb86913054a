//! Toasts, and the history behind the bell.

use crate::gui::command::{Command, Outbox};
use crate::gui::draft::{Draft, Screen};
use crate::gui::format;
use crate::gui::notice::{Notice, Offer, Place};
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use egui::{Align, Align2, Area, Frame, Id, Layout, Margin, Order, RichText, ScrollArea, Ui, Vec2};

const WIDTH: f32 = 372.0;

/// Notices that are new, at the lower right corner.
pub(super) fn toasts_ui(ui: &Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    if draft.notices_open {
        return;
    }
    // The screen of a run says by itself how it ended.
    let on_screen = |notice: &Notice| matches!(notice.place, Some(Place::Run(run)) if draft.screen == Screen::Run(run));
    let seen: Vec<u64> = state.notices.toasts(state.now).filter(|it| on_screen(it)).map(|it| it.number).collect();
    draft.dismissed.extend(seen);
    let stands = |notice: &&Notice| !draft.dismissed.contains(&notice.number);
    let toasts: Vec<&Notice> = state.notices.toasts(state.now).filter(stands).collect();
    let newest = toasts.len().saturating_sub(4);
    if toasts.is_empty() {
        return;
    }
    let offset = Vec2::new(-16.0, -(theme::STATUS_BAR + 12.0));
    let area = Area::new(Id::unique("toasts")).order(Order::Foreground).anchor(Align2::RIGHT_BOTTOM, offset);
    area.show(ui.ctx(), |ui| {
        ui.set_width(WIDTH);
        for notice in &toasts[newest..] {
            Frame::popup(ui.style()).inner_margin(Margin::symmetric(12, 10)).show(ui, |ui| {
                notice_ui(ui, state, draft, out, notice, true);
            });
        }
    });
}

/// All notices, newest first, below the bell.
pub(super) fn history_ui(ui: &Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    if !draft.notices_open {
        return;
    }
    let offset = Vec2::new(-12.0, theme::TOP_BAR + 2.0);
    let area = Area::new(Id::unique("notices")).order(Order::Foreground).anchor(Align2::RIGHT_TOP, offset);
    let shown = area.show(ui.ctx(), |ui| {
        Frame::popup(ui.style()).inner_margin(Margin::same(12)).show(ui, |ui| {
            ui.set_width(WIDTH);
            parts::section_ui(ui, "Notifications", |ui| {
                if Press::icon_only(icon::X, "Close").low().ui(ui).clicked() {
                    draft.notices_open = false;
                }
            });
            if state.notices.newest() == 0 {
                parts::empty_ui(ui, icon::BELL, "What ends in the background is told here", None);
                return;
            }
            ScrollArea::vertical().max_height(ui.ctx().content_rect().height() * 0.6).show(ui, |ui| {
                for notice in state.notices.newest_first() {
                    ui.separator();
                    notice_ui(ui, state, draft, out, notice, false);
                }
            });
        });
    });
    draft.notice_seen = state.notices.newest();
    let escaped = ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape));
    let elsewhere = ui.input(|input| {
        input.pointer.any_click() && input.pointer.interact_pos().is_some_and(|at| !shown.response.rect.contains(at))
    });
    // A click on the bell is the bell's to answer.
    let on_bar = ui.input(|input| input.pointer.interact_pos().is_some_and(|at| at.y < theme::TOP_BAR));
    if escaped || (elsewhere && !on_bar) {
        draft.notices_open = false;
    }
}

fn notice_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, notice: &Notice, toast: bool) {
    let tokens = tokens(ui);
    let tint = tokens.tint(notice.meaning);
    ui.push_id(("notice", notice.number, toast), |ui| {
        ui.horizontal_top(|ui| {
            ui.label(RichText::new(parts::meaning_icon(notice.meaning)).size(15.0).color(tint.strong));
            let room = ui.available_width() - if toast { 28.0 } else { 0.0 };
            ui.vertical(|ui| {
                ui.set_width(room);
                ui.spacing_mut().item_spacing.y = 3.0;
                ui.add(egui::Label::new(RichText::new(&notice.text).color(tokens.strong)).wrap());
                if let Some(hint) = &notice.hint {
                    ui.add(egui::Label::new(theme::small(hint).color(tokens.quiet)).wrap());
                }
                ui.horizontal(|ui| {
                    let ago = ui.label(theme::small(format::ago(notice.at, state.now)).color(tokens.quiet));
                    ago.on_hover_text(format::exact(notice.at));
                    offers_ui(ui, draft, out, notice);
                });
            });
            if toast {
                ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                    if Press::icon_only(icon::X, "Put away").low().ui(ui).clicked() {
                        draft.dismissed.insert(notice.number);
                    }
                });
            }
        });
    });
}

fn offers_ui(ui: &mut Ui, draft: &mut Draft, out: &mut Outbox, notice: &Notice) {
    let leads = notice.place.map(|place| match place {
        Place::Run(run) => ("Show the run", Screen::Run(run)),
        Place::Orgs => ("Show the orgs", Screen::Orgs),
        Place::Integrations => ("Show the integrations", Screen::Integrations),
        Place::Conflicts => ("Show the conflicts", Screen::Conflicts),
    });
    if let Some((words, screen)) = leads
        && draft.screen != screen
        && ui.link(theme::small(words)).clicked()
    {
        match screen {
            Screen::Run(run) => draft.go_to_run(run, out),
            screen => draft.go(screen),
        }
    }
    // What was brought back cannot be brought back twice.
    let used = draft.dismissed.contains(&notice.number);
    let words = match &notice.offer {
        Some(Offer::Restore(_)) if !used => "Undo",
        Some(Offer::CopyPath(_)) => "Copy path",
        Some(Offer::LeftOut(..)) => "Show what is left out",
        _ => return,
    };
    if ui.link(theme::small(words)).clicked() {
        match &notice.offer {
            Some(Offer::Restore(integration)) => {
                let integration = Box::new(integration.as_ref().clone());
                out.push(Command::SaveIntegration { id: None, integration });
                draft.dismissed.insert(notice.number);
            }
            Some(Offer::LeftOut(title, list)) => draft.left_out = Some((title.clone(), list.clone())),
            Some(Offer::CopyPath(path)) => out.push(Command::Copy(path.clone())),
            None => {}
        }
    }
}
