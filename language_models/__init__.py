"""Language-model agents: how one model conforms, measured through its server, and what follows for its society.

Read in this order: `exchanges` and `exchange_record` (what is asked, and the record that replays it), `call_budget`,
`endpoint`, `asking` (many calls, never more than may be paid); `wordings`, `group_states`, `option_answers` (what a model is
shown, and what it said); `response_laws`, `law_fit`, `call_plan` (how it conforms); `stance_chains`, `society_forecast`
(what follows); `agent_questions`, `answer_source`, `agent_rules`, `agent_policy` (a society of the model itself).
"""
