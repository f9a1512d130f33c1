"""The forty acceptance checks of the pages, and the tests that carry each out. At full size (6,275 elements, 10,000
points, 100,000 event frames) `tests/benchmarks/pages.py` measures what is told with `bench`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

EVERY = "test_every_page::test_a_page_is_complete_and_everybody_can_read_it"
IN_BROWSER = "test_in_the_browser"
EVENTS, EVENTS_SEEN = "test_events", "test_events_in_the_browser"
EXPLORER, EXPLORER_SEEN = "test_explorer", "test_explorer_in_the_browser"
SITE, STREAMS_SEEN, INGESTION, BROWSE = "test_site", "test_streams_in_the_browser", "test_ingestion", "test_browse"
INGESTION_SEEN = "test_ingestion_in_the_browser"
CONNECTION, LOAD = "test_connection_in_the_browser", "test_load_in_the_browser"
ADMIN = "../admin"

CHECKS: dict[int, tuple[str, ...]] = {
    1: (EVERY, f"{SITE}::test_a_page_names_only_files_of_this_host_under_a_strict_policy"),
    2: (EVERY, "test_every_page::test_what_is_alive_stays_without_fault_for_a_while"),
    3: (
        EVERY,
        f"{SITE}::test_a_page_names_only_files_of_this_host_under_a_strict_policy",
        f"{ADMIN}/test_pages::test_pages_of_the_admin_may_evaluate_but_hold_no_script_or_style_of_their_own",
    ),
    4: (f"{SITE}::test_the_menu_marks_where_one_is_and_every_entry_answers",),
    5: (EVERY,),
    6: (
        "test_every_page::test_the_keyboard_goes_through_a_page_and_leaves_it",
        f"{IN_BROWSER}::test_the_keyboard_reaches_the_content_first_and_then_the_menu",
        "test_frame_in_the_browser::test_the_search_is_opened_by_a_key_and_used_by_keys_alone",
    ),
    7: (EVERY, f"{IN_BROWSER}::test_on_a_phone_the_menu_opens_and_escape_closes_it"),
    8: (
        f"{IN_BROWSER}::test_the_theme_is_chosen_once_and_stays",
        f"{IN_BROWSER}::test_the_theme_follows_the_system_and_nothing_moves_if_so_wished",
        f"{SITE}::test_the_first_paint_has_the_chosen_theme",
    ),
    9: ("test_every_page::test_nothing_moves_if_so_wished_but_values_come",),
    10: (f"{SITE}::test_an_old_address_leads_to_the_new_page_with_its_query",),
    11: (f"{SITE}::test_the_home_page_tells_true_numbers", "bench::measure"),
    12: (f"{SITE}::test_without_databricks_the_home_page_says_so_and_leads_to_no_other_host",),
    13: (f"{EXPLORER}::test_the_first_paint_shows_the_roots_and_true_totals", EVERY, "bench::every_page"),
    14: (f"{EXPLORER_SEEN}::test_a_branch_is_asked_for_once_and_closes_again", "bench::explorer"),
    15: (
        f"{EXPLORER_SEEN}::test_all_levels_open_by_one_request_each_and_few_rows_are_in_the_document",
        "bench::explorer",
    ),
    16: (f"{EXPLORER_SEEN}::test_the_tree_obeys_the_keyboard",),
    17: (
        f"{EXPLORER_SEEN}::test_a_deep_link_shows_the_element_and_the_way_to_it",
        f"{EXPLORER}::test_a_deep_link_opens_the_way_and_the_attributes_without_script",
    ),
    18: (f"{EXPLORER}::test_an_unknown_webid_is_a_404_with_a_usable_tree",),
    19: (f"{EXPLORER_SEEN}::test_back_and_forward_keep_address_tree_and_details_together",),
    20: (
        f"{EXPLORER}::test_the_search_counts_what_the_api_finds",
        f"{EXPLORER_SEEN}::test_a_found_element_is_revealed_in_the_tree",
        f"{EXPLORER_SEEN}::test_nothing_found_is_said_and_cleared",
    ),
    21: (
        f"{EXPLORER}::test_the_attributes_show_what_the_stream_set_tells",
        f"{EXPLORER_SEEN}::test_each_kind_of_value_is_shown_as_what_it_is",
    ),
    22: (f"{EXPLORER_SEEN}::test_values_change_while_one_looks_and_the_focus_stays",),
    23: (f"{STREAMS_SEEN}::test_a_point_is_found_watched_and_unwatched", "bench::monitor"),
    24: (
        f"{STREAMS_SEEN}::test_a_stream_named_three_times_is_subscribed_once_and_no_more_when_removed",
        f"{STREAMS_SEEN}::test_an_unknown_stream_tells_its_fault_and_is_not_counted",
    ),
    25: (f"{LOAD}::test_the_rate_is_kept",),
    26: (
        f"{STREAMS_SEEN}::test_after_the_server_was_away_everything_comes_back",
        f"{CONNECTION}::test_each_further_attempt_waits_longer_and_retry_now_does_not",
    ),
    27: (
        f"{CONNECTION}::test_a_silent_socket_is_called_stale_and_given_up",
        f"{CONNECTION}::test_a_heartbeat_without_an_answer_ends_the_socket",
    ),
    28: (f"{CONNECTION}::test_a_socket_that_is_not_allowed_is_not_tried_again",),
    29: (
        f"{LOAD}::test_five_minutes_of_200_streams_and_a_burst_neither_grow_the_page_nor_block_it",
        "bench::monitor",
    ),
    30: (
        f"{STREAMS_SEEN}::test_pause_freezes_the_picture_and_resume_goes_on",
        f"{STREAMS_SEEN}::test_a_stream_named_three_times_is_subscribed_once_and_no_more_when_removed",
    ),
    31: (
        f"{EVENTS_SEEN}::test_every_filter_stands_in_the_address_and_comes_back_from_it",
        f"{EVENTS}::test_a_filter_finds_what_the_api_finds",
    ),
    32: (
        f"{EVENTS}::test_a_search_mode_finds_what_the_api_finds",
        f"{EVENTS}::test_counters_leave_out_their_own_filter_only",
    ),
    33: (
        f"{EVENTS_SEEN}::test_the_list_scrolls_to_its_end_with_few_rows_in_the_document",
        f"{EVENTS}::test_pages_of_rows_neither_repeat_nor_miss_any",
        "bench::events",
    ),
    34: (
        f"{EVENTS_SEEN}::test_an_open_event_ticks_and_never_ends_in_the_year_9999",
        f"{EVENTS_SEEN}::test_markup_in_a_name_is_shown_and_not_run",
    ),
    35: (f"{EVENTS_SEEN}::test_a_row_opens_beside_the_list_and_escape_gives_the_focus_back",),
    36: (
        f"{EVENTS_SEEN}::test_a_new_event_is_told_of_and_does_not_move_the_list",
        f"{EVENTS_SEEN}::test_a_refresh_that_fails_keeps_the_rows_and_says_so",
    ),
    37: (
        f"{EVENTS}::test_the_csv_holds_all_rows_of_the_filter",
        f"{EVENTS}::test_a_cell_is_never_run_by_a_spreadsheet",
        f"{EXPLORER}::test_the_csv_holds_the_attributes",
        f"{INGESTION}::test_the_csv_of_the_runs_holds_the_filtered_ones",
        "test_points::test_the_csv_of_a_point_holds_its_recorded_values",
    ),
    38: (
        f"{INGESTION_SEEN}::test_a_panel_of_the_ingestion_page_fails_alone",
        f"{INGESTION_SEEN}::test_every_panel_of_the_ingestion_page_may_fail_and_come_back",
        f"{INGESTION_SEEN}::test_the_ingestion_page_asks_once_for_all_its_panels_and_nothing_when_its_refresh_is_off",
        f"{INGESTION_SEEN}::test_a_slow_answer_leaves_what_is_shown_and_says_how_old_it_is",
        f"{INGESTION}::test_a_panel_that_fails_leaves_the_others",
        "test_data_quality::test_every_panel_says_where_its_data_come_from",
        "test_data_quality::test_the_tiles_tell_what_the_endpoint_tells",
    ),
    39: (
        f"{INGESTION}::test_only_staff_with_the_right_may_ask_for_a_run",
        f"{INGESTION_SEEN}::test_a_run_is_followed_to_its_end_without_loading_the_page_anew",
        "test_sync_now_in_the_browser::test_who_asks_for_a_run_is_shown_what_came_of_it",
        "test_sync_now_in_the_browser::test_a_run_that_fails_says_so_and_why",
        f"{INGESTION}::test_a_failed_run_tells_its_error_in_full_and_escaped",
        "test_running::test_a_cancelled_synchronisation_stops_at_its_next_step",
        "test_running::test_a_visitor_neither_sees_nor_uses_the_button",
    ),
    40: (
        f"{BROWSE}::test_programs_get_json",
        f"{BROWSE}::test_the_links_lead_from_the_home_to_a_value",
        f"{BROWSE}::test_a_refusal_is_a_page_with_the_same_status_and_sentence",
        f"{ADMIN}/test_pages::test_every_form_answers_a_superuser_without_a_secret",
        f"{ADMIN}/test_pages::test_a_list_costs_as_many_queries_for_many_rows_as_for_one",
        "test_admin_by_keyboard::test_an_event_frame_is_found_acknowledged_and_closed",
        "test_admin_in_the_browser::test_an_export_is_uploaded_with_a_report_and_no_new_page",
        "bench::admin",
    ),
}


@cache
def functions(name: str) -> frozenset[str]:
    if name == "bench":
        path = ROOT / "tests" / "benchmarks" / "pages.py"
    else:
        path = (Path(__file__).parent / f"{name}.py").resolve()
    return frozenset(re.findall(r"^def (\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_there_are_forty() -> None:
    assert sorted(CHECKS) == list(range(1, 41))


@pytest.mark.parametrize("number", CHECKS)
def test_each_check_is_carried_out(number: int) -> None:
    for name in CHECKS[number]:
        file, _, function = name.partition("::")
        assert function in functions(file), name
