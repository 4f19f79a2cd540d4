-- +goose Up

-- That we reset the alert in NinjaOne ourselves: the webhook of that reset is an echo.
ALTER TABLE alerts ADD COLUMN reset_by_us boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE alerts DROP COLUMN reset_by_us;
