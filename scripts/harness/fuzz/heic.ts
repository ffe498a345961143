import { box, fullBox, gridData, heifFile, ispe, type Item } from "./formats/heif.ts";
import type { Sample } from "./images.ts";

/** An HEVC picture: its configuration and its data. */
export interface Coded {
  configuration: Buffer;
  data: Buffer;
}

const base64 = (text: string) => Buffer.from(text, "base64");

/** A picture of 64 x 64 pixels by x265, of 4:2:0 and BT.601 with all values: configuration and data. */
export const PLAIN: Coded = {
  configuration: base64(
    "AQNwAAAAAAAAAAAAHvAA/P34+AAADwMgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQCEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqSSmubgQEDAgAAAMACAAAAwAIQCIAAQAHRAHBcrAiQA==",
  ),
  data: base64(
    "AAABnSgBry6gOgjXVNiBpf3paO0JMTzLpsjuqU6tVflLn6m/5EsplqMU9PNsKev4iNxx6BTgSGvBQa+uDrNu6mtmolVEVt9hPjZU5iGMUIfr/gbko8nw1rklnjgDx5d4XzEKvD8A3aGHXlvZup3lx7KX7uo2LLuTUMKsgLhoEYJfMGhQAPG5Wa1+BFQjqd07CaMEdqEBwB1iuSW+49GY2L+ESTwqPgsuaS3hkQiKobLvScvaSkz5IbPozQtgnhNQ0KbuEYkpgrL4YwCWvqp7WPXVyta4UuajAnTTxxswidIBW8pSS0dqZK6xEFT9OcFXotFXTQM9b6n9S8w10APUaSsE9WadjTcwNNphiHRPD2Xdk2NCY8XLPtWqN/So7hW8QSPr2g41YROSEXnJDXjcNeGb5F4E60IWV2X4NIAA/Xws3oGscGldUZOi0K2v0VPMyHlrmKwqHZeJqbzWU/KuPKOP+RlP44G0IDiIXsH+H0Sjwd7tVDQolZU1UqNPgeC7j5bGPvKMhbNloqkBa0k0s2UOekC5HOSan+E9TLsZUtIw",
  ),
};

/** The same of 10 bits and 4:4:4. */
export const DEEP: Coded = {
  configuration: base64(
    "AQQIAAAAAAAAAAAAHvAA/P/6+gAADwMgAAEAF0ABDAH//wQIAAADAJw4AAADAAAeugJAIQABACtCAQEECAAAAwCcOAAAAwAAHpAEECCbLdSSU1zcCAgYEAAAAwAQAAADABCAIgABAAhEAcFyhgwCJA==",
  ),
  data: base64(
    "AAABhCgBry6nc5FepFGoK27EDS/vS0GsZuZtVuK2bRXiFnM6NJovWJUk1CmxieMDq+s0T9Ir0cIABKYSkkZVP0tTsKc5CIFWHte5rhQiNn4eV2clmuiHUL0qAvajoaxoaXZd3RSLw9rJTFN06noQh2c3bAAq0afX6JdGBvONSdMW/nfiojg5FFryboTeMwkNTRkqFF2PwNEWrK2540RQdfEwssaCw//YGDyFezMIAv6O8eg7hhsp6NWmOiyWLoSFLrT2GDDXv1v/jHPJ4Dx88mHpULd7+sRj4brzBPkZq2wlD+yXaGb47GUIJN2pYmobTt6UGhGZsBylBg6Q/yN8S23ZGuvZb+yZWNInGwM43nB6RLCg2j+M4a7GG7w3p9JiYH1pT+pyCbs0w9Jf+vKeuKvXjM8HA/+WAQ3fmaemDb6rStXz1BTjou+msrlgHhWuCPNj/lRtEiciYazTmIlDQK5c61sZ0VYLEk4Rh99NNcqPF2Gph0nZy8PXjYQtUG1y4fwpFzW/t8A=",
  ),
};

const SIDE = 64;

function coded({ configuration, data }: Coded, ...properties: Uint8Array[]): Item {
  const all = [box("hvcC", configuration), ispe(SIDE, SIDE), ...properties];
  return { type: "hvc1", properties: all, data };
}

/** HEIC files, which sharp does not encode. */
export function drawHeics(): Record<string, Sample> {
  const of = (...items: Item[]): Sample => ({ bytes: heifFile(items) });
  const grid: Item = {
    type: "grid",
    properties: [ispe(100, 120)],
    data: gridData(2, 2, 100, 120),
    references: [{ type: "dimg", to: [2, 3, 4, 5] }],
  };
  const auxiliary = Buffer.from("urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0");
  const alpha = {
    ...coded(PLAIN, fullBox("auxC", 0, auxiliary)),
    references: [{ type: "auxl", to: [1] }],
  };
  return {
    HEIC: of(coded(PLAIN)),
    "HEIC 10-bit": of(coded(DEEP)),
    "HEIC turned": of(coded(PLAIN, box("irot", Buffer.of(1)))),
    "HEIC transparent": of(coded(PLAIN), alpha),
    "HEIC in parts": of(grid, ...[1, 2, 3, 4].map(() => coded(PLAIN))),
  };
}
