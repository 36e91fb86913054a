//! The switches of bad days: each with its few settings, what it means, and what it has hit.

use super::{deed, hits, scrolled_ui};
use crate::gui::command::Outbox;
use crate::gui::draft::{Draft, Purpose};
use crate::gui::parts::{self, Press};
use crate::gui::practice::PracticeDeed;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::workspace::{BAD_DAYS, BadDay, Dial, Held, PracticeFault, PracticeStatus, Setting};
use egui::{Align, DragValue, Frame, Label, Layout, Margin, RichText, TextEdit, Ui};

pub(super) fn ui(ui: &mut Ui, draft: &mut Draft, out: &mut Outbox, status: &PracticeStatus) {
    let on = status.live().count() as u64;
    Frame::new().inner_margin(Margin { left: 24, right: 16, top: 0, bottom: 8 }).show(ui, |ui| {
        ui.horizontal(|ui| {
            let (meaning, text) = match on {
                0 => (Meaning::Plain, "None is on".to_owned()),
                1 => (Meaning::Attention, "1 is on".to_owned()),
                on => (Meaning::Attention, format!("{on} are on")),
            };
            let colour = if on > 0 { tokens(ui).attention.strong } else { tokens(ui).quiet };
            let label = ui.label(theme::small(&text).color(colour));
            label.on_hover_text(format!(
                "{} Bad days hit every program that talks to the practice org, and nothing else.",
                if meaning == Meaning::Plain { "All is well." } else { "The status bar says so on every screen." }
            ));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if Press::new("From a file…").icon(icon::FOLDER_OPEN).low().ui(ui).clicked() {
                    draft.ask_for_file(Purpose::PlayDays, "");
                }
                let why_not = status.faults.is_empty().then_some("None is on");
                if Press::new("Clear all").low().why_not(why_not).ui(ui).clicked() {
                    deed(out, PracticeDeed::Clear);
                }
            });
        });
    });
    scrolled_ui(ui, "bad days", |ui| {
        on_now_ui(ui, out, status);
        let others: Vec<&PracticeFault> = status.live().filter(|fault| fault.day().is_none()).collect();
        if !others.is_empty() {
            group_ui(ui, "From a script", |ui| others_ui(ui, out, &others));
        }
        for group in groups() {
            group_ui(ui, group, |ui| {
                for (index, day) in BAD_DAYS.iter().filter(|day| day.group == group).enumerate() {
                    if index > 0 {
                        ui.separator();
                    }
                    ui.push_id(day.key, |ui| day_ui(ui, draft, out, status, day));
                }
            });
        }
    });
}

/// Those that are on, at hand however far down their switches are.
fn on_now_ui(ui: &mut Ui, out: &mut Outbox, status: &PracticeStatus) {
    let known: Vec<&BadDay> = BAD_DAYS
        .iter()
        .filter(|day| status.live().any(|fault| fault.day().is_some_and(|it| it.key == day.key)))
        .collect();
    if known.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(6.0, 6.0);
        for day in known {
            let name = format!("Switch off: {}", day.title);
            let colour = tokens(ui).attention.strong;
            let press = Press::new(day.title).icon(icon::TRIANGLE_ALERT).icon_colour(colour).end_icon(icon::X).low();
            if press.name(&name).ui(ui).on_hover_text(&name).clicked() {
                let mine = status.live().filter(|fault| fault.day().is_some_and(|it| it.key == day.key));
                deed(out, PracticeDeed::SwitchOff(mine.map(|fault| fault.id).collect()));
            }
        }
    });
    ui.add_space(8.0);
}

fn groups() -> Vec<&'static str> {
    let mut groups: Vec<&'static str> = BAD_DAYS.iter().map(|day| day.group).collect();
    groups.dedup();
    groups
}

fn group_ui(ui: &mut Ui, name: &str, contents: impl FnOnce(&mut Ui)) {
    let label = ui.label(theme::medium(name).size(theme::SMALL).color(tokens(ui).quiet));
    label.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, name));
    parts::card(ui).inner_margin(Margin::symmetric(14, 10)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 4.0;
        contents(ui);
    });
    ui.add_space(10.0);
}

fn day_ui(ui: &mut Ui, draft: &mut Draft, out: &mut Outbox, status: &PracticeStatus, day: &'static BadDay) {
    let mine = |fault: &&PracticeFault| fault.day().is_some_and(|other| other.key == day.key);
    let live: Vec<&PracticeFault> = status.live().filter(mine).collect();
    let struck: u64 = status.faults.iter().filter(mine).map(|fault| fault.hits).sum();
    let over = status.faults.iter().filter(mine).any(|fault| fault.over);
    let on = !live.is_empty();
    let mut held = match live.first() {
        Some(fault) => day.held(fault),
        None => draft.practice.held(day).clone(),
    };
    let why_not = day.missing(&held).filter(|_| !on);
    ui.horizontal_top(|ui| {
        let wide = ui.available_width() - if day.at_once.is_some() { 84.0 } else { 48.0 };
        ui.vertical(|ui| {
            ui.set_width(wide);
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.add(Label::new(theme::medium(day.title).color(tokens(ui).strong)).wrap());
            ui.add(Label::new(theme::small(day.happens).color(tokens(ui).quiet)).wrap());
        })
        .response
        .on_hover_text(format!("What Linkspan does: {}", day.linkspan));
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| match day.at_once {
            Some(verb) => {
                if Press::new(verb).low().name(&format!("{verb}: {}", day.title)).ui(ui).clicked() {
                    deed(out, PracticeDeed::SwitchOn(day.script(&held), day.title.to_owned()));
                }
            }
            None => {
                if parts::switch_ui(ui, on, day.title, why_not).clicked() {
                    deed(
                        out,
                        match on {
                            true => PracticeDeed::SwitchOff(live.iter().map(|fault| fault.id).collect()),
                            false => PracticeDeed::SwitchOn(day.script(&held), day.title.to_owned()),
                        },
                    );
                }
            }
        });
    });
    if !day.settings.is_empty() {
        let before = held.clone();
        settings_ui(ui, day, &mut held, on);
        if held != before && !on {
            *draft.practice.held(day) = held;
        }
    }
    if on || over {
        told_ui(ui, day, on, struck);
    }
}

/// What it has hit, and what Linkspan does about that.
fn told_ui(ui: &mut Ui, day: &BadDay, on: bool, struck: u64) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        let (meaning, words) = match (on, day.at_once.is_some()) {
            (true, _) => (Meaning::Attention, hits(struck)),
            (false, true) => (Meaning::Plain, "It happened".to_owned()),
            (false, false) => (Meaning::Plain, format!("Used up, {}", hits(struck))),
        };
        let mark = if on { icon::TRIANGLE_ALERT } else { icon::CHECK };
        parts::pill_ui(ui, meaning, mark, &words)
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{}: {words}", day.title)));
        ui.vertical(|ui| {
            // The first line stands beside the words of the pill.
            ui.add_space(3.0);
            let words = theme::small(format!("Linkspan: {}", lower(day.linkspan))).color(tokens(ui).text);
            ui.add(Label::new(words).wrap());
        });
    });
}

/// The sentence goes on from a colon.
fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// The form of a bad day; it stands still while the day is on.
fn settings_ui(ui: &mut Ui, day: &BadDay, held: &mut [Held], on: bool) {
    ui.add_enabled_ui(!on, |ui| {
        ui.spacing_mut().interact_size.y = 24.0;
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(6.0, 4.0);
            for (setting, held) in day.settings.iter().zip(held) {
                setting_ui(ui, day, setting, held);
            }
        });
    })
    .response
    .on_disabled_hover_text("Switch it off to change it");
}

fn setting_ui(ui: &mut Ui, day: &BadDay, setting: &Setting, held: &mut Held) {
    let words = |ui: &mut Ui, text: &str| {
        if !text.is_empty() {
            ui.label(theme::small(text).color(tokens(ui).text));
        }
    };
    words(ui, setting.before);
    let name = format!("{}: {}", day.title, name_of(setting));
    match setting.dial {
        Dial::Whole(_, least, most) => {
            ui.add(DragValue::new(&mut held.number).range(least..=most).speed(speed(least, most)))
                .accessible_name(&name);
        }
        Dial::Percent(_) => {
            ui.add(DragValue::new(&mut held.number).range(1..=100).speed(0.2)).accessible_name(&name);
        }
        Dial::Times(_, most) => {
            let value = DragValue::new(&mut held.number).range(0..=most).speed(0.1);
            let value = value.custom_formatter(|number, _| times(number as i64)).custom_parser(times_typed);
            ui.add(value).accessible_name(&name);
        }
        Dial::Text { hint, .. } => {
            let least = if setting.before.is_empty() { 220.0 } else { 84.0 };
            let wide = (ui.available_size_before_wrap().x - 20.0).clamp(least, 220.0);
            let edit = TextEdit::singleline(&mut held.text).hint_text(hint).desired_width(wide);
            ui.add(edit.margin(Margin::symmetric(8, 3))).accessible_name(&name);
        }
    }
    words(ui, setting.after);
}

fn name_of(setting: &Setting) -> &'static str {
    match setting.field {
        "count" | "times" => "how often",
        "path_contains" => "where the path has",
        "share" => "percent of rows",
        "retry_after" => "seconds to wait",
        "calls" => "calls",
        "seconds" => "seconds",
        "ms" => "milliseconds",
        "after_rows" => "rows before that",
        "id" => "the account",
        other => other,
    }
}

/// How much a number changes while it is dragged.
fn speed(least: i64, most: i64) -> f64 {
    ((most - least) as f64 / 20_000.0).clamp(0.1, 10.0)
}

fn times(number: i64) -> String {
    match number {
        0 => "until switched off".to_owned(),
        1 => "once".to_owned(),
        number => format!("{number} times"),
    }
}

fn times_typed(text: &str) -> Option<f64> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match (digits.parse().ok(), text.trim()) {
        (Some(number), _) => Some(number),
        (None, "once") => Some(1.0),
        (None, text) if text.starts_with("until") => Some(0.0),
        _ => None,
    }
}

/// What no switch stands for: it came from a script.
fn others_ui(ui: &mut Ui, out: &mut Outbox, others: &[&PracticeFault]) {
    for fault in others {
        ui.push_id(fault.id, |ui| {
            ui.horizontal(|ui| {
                ui.label(RichText::new(icon::TRIANGLE_ALERT).size(13.0).color(tokens(ui).attention.strong));
                let script = fault.script().to_string();
                let room = ui.available_width() - 100.0;
                ui.scope(|ui| {
                    ui.set_max_width(room);
                    ui.add(Label::new(theme::mono(&script).color(tokens(ui).text)).truncate()).on_hover_text(&script);
                });
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    if parts::switch_ui(ui, true, &fault.title(), None).clicked() {
                        deed(out, PracticeDeed::SwitchOff(vec![fault.id]));
                    }
                    ui.label(theme::small(hits(fault.hits)).color(tokens(ui).quiet));
                });
            });
        });
    }
}
