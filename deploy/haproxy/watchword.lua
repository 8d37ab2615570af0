-- Asks Watchword's gate whether a request may pass. Answers a no as the gate gives it.
-- Everything that is not a plain yes is a no.

local FIELDS = { "subject", "login", "tenant", "audience", "roles", "scopes", "session", "identity" }

-- What the gate needs of the client's own headers is all of them but these.
local LEFT_OUT = {
    ["connection"] = true, ["content-length"] = true, ["expect"] = true, ["host"] = true,
    ["transfer-encoding"] = true, ["upgrade"] = true, ["accept-encoding"] = true,
    ["x-forwarded-method"] = true, ["x-forwarded-uri"] = true, ["x-original-method"] = true,
    ["x-original-uri"] = true, ["x-original-host"] = true, ["x-original-client"] = true,
}

local function is_ours(name)
    return name:lower():gsub("[_.]", "-"):sub(1, 12) == "x-watchword-"
end

local function values(held)
    local list, number = {}, 0
    while held[number] ~= nil do
        list[number + 1] = held[number]
        number = number + 1
    end
    return list
end

local function refuse(txn, status, headers, body)
    local reply = txn:reply({ status = status })
    for name, held in pairs(headers or {}) do
        if name ~= "content-length" and name ~= "connection" and name ~= "transfer-encoding" then
            for _, value in ipairs(values(held)) do reply:add_header(name, value) end
        end
    end
    if body and #body > 0 then reply:set_body(body) end
    txn:done(reply)
end

core.register_action("watchword", { "http-req" }, function(txn)
    local asked, told = txn.http:req_get_headers(), {}
    for name, held in pairs(asked) do
        if is_ours(name) then
            txn.http:req_del_header(name)
        elseif not LEFT_OUT[name] then
            told[name] = values(held)
        end
    end
    local host = asked["host"]
    told["host"] = { "watchword" }
    told["x-original-method"] = { txn.f:method() }
    told["x-original-uri"] = { txn.f:pathq() }
    told["x-original-host"] = { host and host[0] or "" }
    told["x-original-client"] = { txn.f:src() }

    -- What a client names in Connection may be taken away behind the gate, so nothing is named there; and
    -- nobody talks his way past the gate to another protocol than websockets.
    local upgrade = asked["upgrade"]
    txn.http:req_del_header("connection")
    txn.http:req_del_header("upgrade")
    txn.http:req_del_header("http2-settings")
    if upgrade and upgrade[0]:lower() == "websocket" then
        txn.http:req_set_header("connection", "Upgrade")
        txn.http:req_set_header("upgrade", "websocket")
    end

    local gate = txn:get_var("txn.watchword_gate")
    local answer = core.httpclient():get({
        url = "http://127.0.0.1/gate/verify", dst = gate, headers = told, timeout = 5000,
    })
    if not answer or answer.status ~= 200 then
        local status = answer and answer.status or 0
        if status < 400 or status > 599 then return refuse(txn, 503) end
        return refuse(txn, status, answer.headers, answer.body)
    end
    for _, field in ipairs(FIELDS) do
        local name = "x-watchword-" .. field
        local held = answer.headers[name]
        txn.http:req_set_header(name, held and held[0] or "")
    end
end)
